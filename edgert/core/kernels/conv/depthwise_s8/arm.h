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
    return load_part(x, n);
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
  const int64_t reach = int64_t{args.first_column} + args.kernel_w - 1;
  const int64_t first = args.first_column >= 0 ? 0 : (stride - 1 - args.first_column) / stride;
  const int64_t last = reach >= args.x_columns ? 0 : (args.x_columns - 1 - reach) / stride + 1;
  const int64_t width = args.width;
  const int64_t end = std::min(last, width);
  return {static_cast<int32_t>(std::min(first, end)), static_cast<int32_t>(end)};
}

// One output row of 16 channels. A copy of what it needs of the arguments, because y, being of type
// int8_t, might be the memory of anything.
template <typename T>
class OutputRow {
 public:
  OutputRow(const DepthwiseS8Args& args, int32_t row, int32_t channel)
      : epilogue_(args),
        channels_(load_channels(args.bias + channel, args.scale + channel)),
        residual_(args.residual == nullptr ? nullptr
                                           : static_cast<const T*>(args.residual[row]) + channel),
        y_(static_cast<T*>(args.y[row]) + channel),
        residual_step_(args.residual_step),
        y_step_(args.y_step) {}

  EDGERT_INLINE void start(int32x4_t (&acc)[4]) const {
    EDGERT_UNROLL for (int i = 0; i < 4; ++i) acc[i] = channels_.bias[i];
  }

  // Finishes n channels of a column: 16 if more are left.
  EDGERT_INLINE void store(int64_t column, const int32x4_t (&acc)[4], int32_t n) const {
    float32x4_t t[4];
    EDGERT_UNROLL for (int i = 0; i < 4; ++i) {
      t[i] = vmulq_f32(vcvtq_f32_s32(acc[i]), channels_.scale[i]);
    }
    const T* residual = residual_ == nullptr ? nullptr : residual_ + column * residual_step_;
    epilogue_.store(t, residual, y_ + column * y_step_, n);
  }

 private:
  Epilogue<T> epilogue_;
  Channels channels_;
  const T* residual_;
  T* y_;
  int64_t residual_step_;
  int64_t y_step_;
};

// Calls Row::run<kFull, T>(args, row, channel, weights) for every output row and block of channels.
template <typename Row, typename T>
void depthwise(const DepthwiseS8Args& args) {
  const int8_t* weights = args.weights;
  for (int32_t c = 0; c < args.channels; c += 16) {
    for (int32_t h = 0; h < args.height; ++h) {
      if (args.channels - c >= 16) {
        Row::template run<true, T>(args, h, c, weights);
      } else {
        Row::template run<false, T>(args, h, c, weights);
      }
    }
    weights += int64_t{args.kernel_w} * row_groups(args) * 64;
  }
}

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_DEPTHWISE_S8_ARM_H_
