// Shapes and strides of a convolution call, and the checks that all five kernels share.
#ifndef EDGERT_KERNELS_CONV_GEOMETRY_H_
#define EDGERT_KERNELS_CONV_GEOMETRY_H_

#include <cstdint>

#include "runtime/kernel.h"

namespace edgert {

constexpr int32_t kConvBlock = 16;  // output channels of a packed block

// Where the kernel looks. Bottom and right padding follow from y's dims.
struct Window {
  int32_t kernel_h, kernel_w;
  int32_t stride_h, stride_w;
  int32_t dilation_h, dilation_w;
  int32_t pad_top, pad_left;

  template <typename Params>
  static Window of(const Params& p) {
    return {p.kernel_h,   p.kernel_w,   p.stride_h, p.stride_w,
            p.dilation_h, p.dilation_w, p.pad_top,  p.pad_left};
  }
};

// The fields of Window in a parameter struct.
#define EDGERT_WINDOW_FIELDS(Struct)                                                              \
  EDGERT_FIELD(Struct, kernel_h), EDGERT_FIELD(Struct, kernel_w), EDGERT_FIELD(Struct, stride_h), \
      EDGERT_FIELD(Struct, stride_w), EDGERT_FIELD(Struct, dilation_h),                           \
      EDGERT_FIELD(Struct, dilation_w), EDGERT_FIELD(Struct, pad_top),                            \
      EDGERT_FIELD(Struct, pad_left)

// x, y (and a residual like y) are [N, H, W, C] with stride 1 in C; the other strides are free.
struct ConvGeometry {
  Window window;
  int32_t groups;
  int32_t batch;
  int32_t x_h, x_w, x_c;  // x_c, y_c: channels of one group
  int32_t y_h, y_w, y_c;
  int64_t x_stride[3];  // N, H, W, in elements
  int64_t y_stride[3];

  ConvGeometry(const Tensor& x, const Tensor& y, const Window& window, int32_t groups);

  int64_t taps() const { return int64_t{window.kernel_h} * window.kernel_w; }
  int64_t pixels() const { return int64_t{batch} * y_h * y_w; }
  int32_t blocks() const { return (y_c + kConvBlock - 1) / kConvBlock; }  // of one group
};

// x, y and the window: dtypes, ranks, strides, and that no coordinate overflows 32 bits.
Status check_geometry(const Call& call, DType x_dtype, const Window& window, int32_t groups);

// A constant, contiguous vector or packed matrix of `count` elements.
Status check_constant(const Call& call, int input, const char* name, DType dtype, int64_t count);

// check_constant for f32, and every element is finite.
Status check_finite(const Call& call, int input, const char* name, int64_t count);

// Whether every element of a vector of f32 is between -1 and 1.
bool below_one(const Tensor& vector);

// Packed int8 weights: check_constant, and no -128, for which vector products could saturate,
// unless they have the full range.
Status check_weights_s8(const Call& call, int input, int64_t count, bool full_range);

// How weights that do not fit into [-127, 127] are given. Part of the parameters, all zero for
// those that do.
struct WeightRange {
  int32_t terms;  // 0: one
  int32_t zero_point;
  bool full_range;

  template <typename Params>
  static WeightRange of(const Params& p) {
    return {p.weight_terms > 1 ? p.weight_terms : 1, p.weight_zero_point, p.weight_full_range != 0};
  }
  Status check(const Call& call) const;
};

// The fields of WeightRange in a parameter struct.
#define EDGERT_WEIGHT_RANGE_FIELDS(Struct)                                     \
  EDGERT_FIELD(Struct, weight_terms), EDGERT_FIELD(Struct, weight_zero_point), \
      EDGERT_FIELD(Struct, weight_full_range)

// The optional residual: dims and dtype of y, stride 1 in C.
Status check_residual(const Call& call, int input);

// Parameters of the epilogue of gemm_s8.h, for the dtype of y.
Status check_requantization(const Call& call, float act_min, float act_max, int32_t x_zero_point,
                            int32_t y_zero_point, int32_t residual_zero_point,
                            float residual_scale);

// act_min <= act_max; infinities are allowed.
Status check_clamp(const Call& call, float act_min, float act_max);

// The bounds of a clamp as microkernels get them. Instruction sets differ in which of two zeros is
// the larger; with these signs every zero passes a bound of zero as it is.
inline float lower_bound(float act_min) { return act_min == 0.0f ? -0.0f : act_min; }
inline float upper_bound(float act_max) { return act_max == 0.0f ? 0.0f : act_max; }

}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_GEOMETRY_H_
