// What the ARM variants of depthwise_s8 share.
#ifndef EDGERT_KERNELS_CONV_DEPTHWISE_S8_ARM_H_
#define EDGERT_KERNELS_CONV_DEPTHWISE_S8_ARM_H_

#include <algorithm>

#include "kernels/conv/arm.h"
#include "kernels/conv/depthwise_s8.h"

namespace edgert {
namespace {

// 16 channels, or the n < 16 that may be read followed by zeros.
template <bool kFull>
EDGERT_INLINE int8x16_t load_x(const int8_t* x, int32_t n) {
  if constexpr (kFull) {
    return vld1q_s8(x);
  } else {
    return n == 8 ? vcombine_s8(vld1_s8(x), vdup_n_s8(0)) : load_part(x, n);
  }
}

// Tap of column `column`, which may lie in the padding.
EDGERT_INLINE const int8_t* tap(const DepthwiseS8Args& args, const int8_t* row, int64_t column) {
  return column >= 0 && column < args.x_columns ? row + column * args.x_step : args.padding;
}

inline int32_t row_groups(const DepthwiseS8Args& args) { return (args.kernel_h + 3) / 4; }

// Output columns [first, last) all of whose taps lie inside the image.
struct Range {
  int32_t first;
  int32_t last;
};
inline Range inner_columns(const DepthwiseS8Args& args) {
  const int64_t stride = args.stride_w;
  const int64_t reach = args.first_column + int64_t{args.kernel_w - 1} * args.dilation_w;
  const int64_t first = args.first_column >= 0 ? 0 : (stride - 1 - args.first_column) / stride;
  const int64_t last = reach >= args.x_columns ? 0 : (args.x_columns - 1 - reach) / stride + 1;
  const int64_t width = args.width;
  const int64_t end = std::min(last, width);
  return {static_cast<int32_t>(std::min(first, end)), static_cast<int32_t>(end)};
}

// Output columns of one row and 16 channels of them.
template <typename T>
struct Output {
  const DepthwiseS8Args& args;
  Channels channels;
  const T* residual;
  T* y;
  int32_t count;  // of channels

  Output(const DepthwiseS8Args& a, int32_t row, int32_t channel)
      : args(a),
        channels(load_channels(a.bias + channel, a.scale + channel)),
        residual(a.residual == nullptr ? nullptr
                                       : static_cast<const T*>(a.residual[row]) + channel),
        y(static_cast<T*>(a.y[row]) + channel),
        count(a.channels - channel) {}

  EDGERT_INLINE void store(int64_t column, const int32x4_t (&acc)[4]) const {
    float32x4_t t[4];
    EDGERT_UNROLL for (int i = 0; i < 4; ++i) {
      t[i] = vmulq_f32(vcvtq_f32_s32(acc[i]), channels.scale[i]);
    }
    const T* r = residual == nullptr ? nullptr : residual + column * args.residual_step;
    store_pixel(args, t, r, y + column * args.y_step, count);
  }
};

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_DEPTHWISE_S8_ARM_H_
