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

// ---- 3x3 with strides of 1 and 2, int8 outputs without residual ----

// 16 channels of a column, of which the last ones may be missing: what is loaded in their place has
// no meaning.
template <bool kFull>
class Channels16 {
 public:
  Channels16(const DepthwiseS8Args& args, int32_t c)
      : n_(std::min(args.channels - c, 16)), step_(args.x_step), columns_(args.x_columns) {
    whole_ = columns_;
    if constexpr (kFull) {
      padding_ = vld1q_s8(args.padding + c);
    } else {
      // Up to the last byte of the row, which belongs to the last channel of the last column.
      const int64_t room = (columns_ - 1) * step_ + n_ - 16;
      whole_ = room < 0 ? 0 : std::min<int64_t>(columns_, room / step_ + 1);
      padding_ = load_part(args.padding + c, n_);
      const int8x16_t index =
          vcombine_s8(vcreate_s8(0x0706050403020100), vcreate_s8(0x0f0e0d0c0b0a0908));
      to_front_ = vreinterpretq_u8_s8(vaddq_s8(index, vdupq_n_s8(static_cast<int8_t>(16 - n_))));
    }
  }

  // Columns, from the first on, of which 16 bytes can be read.
  int64_t whole() const { return whole_; }

  // A column of three rows, or the padding beside the image.
  EDGERT_INLINE void load(int8x16_t (&x)[3], const int8_t* const* rows, int32_t c,
                          int64_t column) const {
    if (column < 0 || column >= columns_) {
      x[0] = x[1] = x[2] = padding_;
      return;
    }
    const bool whole = kFull || column < whole_;
    const int64_t offset = column * step_ + c + (whole ? 0 : n_ - 16);
    EDGERT_UNROLL for (int i = 0; i < 3; ++i) {
      x[i] = vld1q_s8(rows[i] + offset);
      if (!whole) x[i] = vqtbl1q_s8(x[i], to_front_);
    }
  }

  EDGERT_INLINE void store(int8_t* y, int8x16_t v) const {
    if constexpr (kFull) {
      vst1q_s8(y, v);
    } else {
      store_part(y, v, n_);
    }
  }

 private:
  int32_t n_;
  int64_t step_;
  int64_t columns_;
  int64_t whole_;
  int8x16_t padding_;
  uint8x16_t to_front_;  // the last n bytes
};

// Outputs of a row, from the first on, none of whose columns is beyond the first `columns`.
inline int32_t outputs_within(const DepthwiseS8Args& args, int64_t columns) {
  const int64_t last = columns - int64_t{args.first_column} - args.kernel_w;
  return last < 0 ? 0
                  : static_cast<int32_t>(std::min<int64_t>(last / args.stride_w + 1, args.width));
}

// Whether the loops below can compute it: columns that enter the window are not in front of the
// image, and where there are fewer than 16 channels, 16 bytes can be read that begin with the first
// one or end with the last one.
inline bool takes_3x3(const DepthwiseS8Args& args) {
  const int64_t row_bytes = (args.x_columns - 1) * args.x_step + args.channels;
  const bool readable =
      args.channels % 16 == 0 || (args.x_step > 0 && (args.channels >= 16 || row_bytes >= 31));
  return args.kernel_h == 3 && args.kernel_w == 3 && args.stride_w <= 2 &&
         args.first_column + 3 >= args.stride_w && args.residual == nullptr && readable;
}

// Calls Loops::run<kFull>(args, channel, weights) for every block of channels.
template <typename Loops>
void depthwise_3x3(const DepthwiseS8Args& args) {
  const int8_t* weights = args.weights;
  for (int32_t c = 0; c < args.channels; c += 16, weights += 3 * 64) {
    if (args.channels - c >= 16) {
      Loops::template run<true>(args, c, weights);
    } else {
      Loops::template run<false>(args, c, weights);
    }
  }
}

// ---- any kernel ----

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

// Outputs of int8.
template <typename Loops, typename Row>
void depthwise_s8(const DepthwiseS8Args& args) {
  takes_3x3(args) ? depthwise_3x3<Loops>(args) : depthwise<Row, int8_t>(args);
}

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_DEPTHWISE_S8_ARM_H_
