#include "kernels/conv/depthwise_s8/arm.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

// Products of one or two taps in 16 bits: with weights in [-127, 127] the sum of two fits.
struct Products {
  int16x8_t low;
  int16x8_t high;
};

EDGERT_INLINE Products multiply(int8x16_t x, int8x16_t w) {
  return {vmull_s8(vget_low_s8(x), vget_low_s8(w)), vmull_high_s8(x, w)};
}
EDGERT_INLINE Products multiply_add(Products p, int8x16_t x, int8x16_t w) {
  return {vmlal_s8(p.low, vget_low_s8(x), vget_low_s8(w)), vmlal_high_s8(p.high, x, w)};
}
EDGERT_INLINE void add(int32x4_t (&acc)[4], Products p) {
  acc[0] = vaddw_s16(acc[0], vget_low_s16(p.low));
  acc[1] = vaddw_high_s16(acc[1], p.low);
  acc[2] = vaddw_s16(acc[2], vget_low_s16(p.high));
  acc[3] = vaddw_high_s16(acc[3], p.high);
}
EDGERT_INLINE void start(int32x4_t (&acc)[4], const Channels& channels) {
  EDGERT_UNROLL for (int i = 0; i < 4; ++i) acc[i] = channels.bias[i];
}

// The taps of one output for any kernel.
template <bool kFull>
void accumulate(const DepthwiseS8Args& args, const int8_t* const* rows, int64_t column, int32_t c,
                const int8_t* w, int32x4_t (&acc)[4]) {
  const int32_t n = args.channels - c;
  for (int32_t j = 0; j < args.kernel_w; ++j, column += args.dilation_w) {
    for (int32_t i = 0; i < args.kernel_h; i += 4, w += 64) {
      const int8x16x4_t weights = vld4q_s8(w);
      const auto x = [&](int32_t k) {
        return load_x<kFull>(tap(args, rows[i + k], column) + c, n);
      };
      const int32_t taps = args.kernel_h - i;
      const Products first = multiply(x(0), weights.val[0]);
      add(acc, taps > 1 ? multiply_add(first, x(1), weights.val[1]) : first);
      if (taps <= 2) continue;
      const Products second = multiply(x(2), weights.val[2]);
      add(acc, taps > 3 ? multiply_add(second, x(3), weights.val[3]) : second);
    }
  }
}

// The nine taps of a 3x3 kernel inside the image: weights stay in registers.
template <bool kFull, typename T>
void inner_3x3(const Output<T>& out, const int8_t* const* rows, Range columns, int32_t c,
               const int8_t* w) {
  const DepthwiseS8Args& args = out.args;
  const int32_t n = args.channels - c;
  const int8x16x4_t w0 = vld4q_s8(w), w1 = vld4q_s8(w + 64), w2 = vld4q_s8(w + 128);
  const int64_t step = args.stride_w * args.x_step, dx = args.dilation_w * args.x_step;
  int64_t offset = args.first_column * args.x_step + columns.first * step + c;
  for (int32_t o = columns.first; o < columns.last; ++o, offset += step) {
    const auto x = [&](int32_t i, int64_t j) {
      return load_x<kFull>(rows[i] + offset + j * dx, n);
    };
    int32x4_t acc[4];
    start(acc, out.channels);
    add(acc, multiply_add(multiply(x(0, 0), w0.val[0]), x(1, 0), w0.val[1]));
    add(acc, multiply_add(multiply(x(0, 1), w1.val[0]), x(1, 1), w1.val[1]));
    add(acc, multiply_add(multiply(x(0, 2), w2.val[0]), x(1, 2), w2.val[1]));
    add(acc, multiply_add(multiply(x(2, 0), w0.val[2]), x(2, 1), w1.val[2]));
    add(acc, multiply(x(2, 2), w2.val[2]));
    out.store(o, acc);
  }
}

template <bool kFull, typename T>
void row(const DepthwiseS8Args& args, int32_t h, int32_t c, const int8_t* weights) {
  const Output<T> out(args, h, c);
  const int8_t* const* rows = args.rows + int64_t{h} * args.kernel_h;
  Range inner = {0, 0};
  if (args.kernel_h == 3 && args.kernel_w == 3) {
    inner = inner_columns(args);
    inner_3x3<kFull>(out, rows, inner, c, weights);
  }
  for (int32_t o = 0; o < args.width; ++o) {
    if (o == inner.first) o = inner.last;
    if (o >= args.width) break;
    int32x4_t acc[4];
    start(acc, out.channels);
    accumulate<kFull>(args, rows, args.first_column + int64_t{o} * args.stride_w, c, weights, acc);
    out.store(o, acc);
  }
}

template <typename T>
void depthwise(const DepthwiseS8Args& args) {
  const int8_t* weights = args.weights;
  for (int32_t c = 0; c < args.channels; c += 16) {
    for (int32_t h = 0; h < args.height; ++h) {
      if (args.channels - c >= 16) {
        row<true, T>(args, h, c, weights);
      } else {
        row<false, T>(args, h, c, weights);
      }
    }
    weights += int64_t{args.kernel_w} * row_groups(args) * 64;
  }
}

constexpr DepthwiseS8 kOps{16, depthwise<int8_t>, depthwise<float>};
const Microkernel<DepthwiseS8> registration{Isa::kNeon, kOps};

}  // namespace
}  // namespace edgert
