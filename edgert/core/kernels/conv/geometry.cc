#include "kernels/conv/geometry.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <limits>

namespace edgert {
namespace {

constexpr int32_t kMaxWeightTerms = 4;
constexpr int64_t kMaxCoordinate = std::numeric_limits<int32_t>::max() / 2;

Status check_image(const Call& call, const char* name, const Tensor* tensor) {
  EDGERT_CHECK(call, tensor->rank == 4, "%s has rank %d, not 4", name, tensor->rank);
  for (int i = 0; i < 4; ++i) {
    EDGERT_CHECK(call, tensor->dims[i] >= 1, "%s has an empty dimension", name);
  }
  EDGERT_CHECK(call, tensor->strides[3] == 1 || tensor->dims[3] == 1,
               "the channels of %s are not consecutive", name);
  return Status::kOk;
}

// The outputs reach from the first padding element to `last`, both within 32 bits.
Status check_axis(const Call& call, int32_t kernel, int32_t stride, int32_t dilation, int32_t pad,
                  int32_t x_dim, int32_t y_dim) {
  EDGERT_CHECK(call, kernel >= 1 && stride >= 1 && dilation >= 1 && pad >= 0,
               "kernel %d, stride %d, dilation %d, padding %d", kernel, stride, dilation, pad);
  const int64_t last = int64_t{y_dim - 1} * stride + int64_t{kernel - 1} * dilation;
  EDGERT_CHECK(call, last <= kMaxCoordinate && pad <= kMaxCoordinate && x_dim <= kMaxCoordinate,
               "its window reaches too far");
  return Status::kOk;
}

// The bits of the magnitude that is largest; NaN is above infinity. Magnitudes are ordered as their
// bits are, and compilers vectorize a maximum of integers.
uint32_t largest_magnitude(const float* values, int64_t count) {
  uint32_t largest = 0;
  for (int64_t i = 0; i < count; ++i) {
    uint32_t bits;
    std::memcpy(&bits, values + i, sizeof(bits));
    largest = std::max(largest, bits & 0x7fffffff);
  }
  return largest;
}

}  // namespace

ConvGeometry::ConvGeometry(const Tensor& x, const Tensor& y, const Window& w, int32_t group_count)
    : window(w),
      groups(group_count),
      batch(y.dims[0]),
      x_h(x.dims[1]),
      x_w(x.dims[2]),
      x_c(x.dims[3] / group_count),
      y_h(y.dims[1]),
      y_w(y.dims[2]),
      y_c(y.dims[3] / group_count),
      x_stride{x.strides[0], x.strides[1], x.strides[2]},
      y_stride{y.strides[0], y.strides[1], y.strides[2]} {}

Status check_geometry(const Call& call, DType x_dtype, const Window& window, int32_t groups) {
  const Tensor* x = call.input(0);
  const Tensor* y = call.outputs[0];
  EDGERT_RETURN_IF_ERROR(check_image(call, "x", x));
  EDGERT_RETURN_IF_ERROR(check_image(call, "y", y));
  EDGERT_CHECK(call, x->dtype == x_dtype, "x has the wrong element type");
  EDGERT_CHECK(call, x->dims[0] == y->dims[0], "x has %d images, y %d", x->dims[0], y->dims[0]);
  EDGERT_CHECK(call, groups >= 1 && x->dims[3] % groups == 0 && y->dims[3] % groups == 0,
               "%d and %d channels do not divide into %d groups", x->dims[3], y->dims[3], groups);
  EDGERT_RETURN_IF_ERROR(check_axis(call, window.kernel_h, window.stride_h, window.dilation_h,
                                    window.pad_top, x->dims[1], y->dims[1]));
  EDGERT_RETURN_IF_ERROR(check_axis(call, window.kernel_w, window.stride_w, window.dilation_w,
                                    window.pad_left, x->dims[2], y->dims[2]));
  // Pixels and channels are counted in 32 bits, rounded up to whole tiles and blocks.
  const int64_t pixels = int64_t{y->dims[0]} * y->dims[1] * y->dims[2];
  EDGERT_CHECK(call, pixels <= kMaxCoordinate && y->dims[3] <= kMaxCoordinate, "y is too large");
  // The packed weights have at least 16 elements per tap and input channel, so that a larger
  // product cannot be a real one; K and the patch of a pixel then fit into 32 bits.
  const int64_t taps = int64_t{window.kernel_h} * window.kernel_w;
  EDGERT_CHECK(call, taps <= kMaxCoordinate / 64 && taps * x->dims[3] <= kMaxCoordinate / 64,
               "its kernel is too large");
  return Status::kOk;
}

Status check_constant(const Call& call, int input, const char* name, DType dtype, int64_t count) {
  const Tensor* tensor = call.input(input);
  EDGERT_CHECK(call, tensor->dtype == dtype, "%s has the wrong element type", name);
  EDGERT_CHECK(call, tensor->constant && tensor->contiguous, "%s is not a contiguous constant",
               name);
  EDGERT_CHECK(call, tensor->count == count, "%s has %lld elements, not %lld", name,
               static_cast<long long>(tensor->count), static_cast<long long>(count));
  return Status::kOk;
}

Status check_finite(const Call& call, int input, const char* name, int64_t count) {
  EDGERT_RETURN_IF_ERROR(check_constant(call, input, name, DType::kF32, count));
  const float* values = call.input(input)->as<float>();
  constexpr uint32_t kInfinity = 0x7f800000;
  if (largest_magnitude(values, count) < kInfinity) return Status::kOk;
  long long i = 0;
  while (std::isfinite(values[i])) ++i;
  return reject(call, "%s[%lld] is not finite", name, i);
}

bool below_one(const Tensor& vector) {
  constexpr uint32_t kOne = 0x3f800000;
  return largest_magnitude(vector.as<float>(), vector.count) < kOne;
}

Status check_weights_s8(const Call& call, int input, int64_t count, bool full_range) {
  EDGERT_RETURN_IF_ERROR(check_constant(call, input, "weights", DType::kS8, count));
  if (full_range) return Status::kOk;
  // This reads all weights at each load; few loops are as fast as the C library's.
  const void* weights = call.input(input)->as<int8_t>();
  EDGERT_CHECK(call, std::memchr(weights, -128, static_cast<size_t>(count)) == nullptr,
               "a weight is -128");
  return Status::kOk;
}

Status WeightRange::check(const Call& call) const {
  EDGERT_CHECK(call, terms <= kMaxWeightTerms, "weights have %d terms", terms);
  EDGERT_CHECK(call, zero_point >= -256 && zero_point <= 256,
               "weight_zero_point %d is out of range", zero_point);
  return Status::kOk;
}

Status check_residual(const Call& call, int input) {
  const Tensor* residual = call.input(input);
  if (residual == nullptr) return Status::kOk;
  const Tensor* y = call.outputs[0];
  EDGERT_RETURN_IF_ERROR(check_image(call, "residual", residual));
  EDGERT_CHECK(call, residual->dtype == y->dtype, "residual and y differ in element type");
  for (int i = 0; i < 4; ++i) {
    EDGERT_CHECK(call, residual->dims[i] == y->dims[i], "residual and y differ in dimension %d", i);
  }
  return Status::kOk;
}

Status check_requantization(const Call& call, float act_min, float act_max, int32_t x_zero_point,
                            int32_t y_zero_point, int32_t residual_zero_point,
                            float residual_scale) {
  EDGERT_RETURN_IF_ERROR(check_clamp(call, act_min, act_max));
  for (const int32_t zero_point : {x_zero_point, y_zero_point, residual_zero_point}) {
    EDGERT_CHECK(call, zero_point >= -128 && zero_point <= 127, "zero point %d is not int8",
                 zero_point);
  }
  // Far from infinity, so that a sum of the two scaled terms is never NaN.
  EDGERT_CHECK(call, std::fabs(residual_scale) <= 1e30f, "residual_scale is out of range");
  if (call.outputs[0]->dtype == DType::kF32) return Status::kOk;
  EDGERT_CHECK(call, call.outputs[0]->dtype == DType::kS8, "y is neither s8 nor f32");
  EDGERT_CHECK(call, act_min >= -512 && act_max <= 512, "the clamp exceeds int8");
  return Status::kOk;
}

Status check_clamp(const Call& call, float act_min, float act_max) {
  EDGERT_CHECK(call, act_min <= act_max, "act_min is not below act_max");
  return Status::kOk;
}

}  // namespace edgert
