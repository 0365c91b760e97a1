#include "kernels/conv/depthwise_s8/arm.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

// Four rows of one column of 16 channels, ordered as the weights are: [16 channels][4 rows].
struct Column {
  int8x16_t v[4];
};

template <bool kFull>
EDGERT_INLINE Column load_column(const DepthwiseS8Args& args, const int8_t* const* rows,
                                 int32_t group, int64_t column, int32_t c) {
  int8x16_t x[4];
  EDGERT_UNROLL for (int32_t i = 0; i < 4; ++i) {
    // Weights of rows past the kernel are zero; the last row stands in for them.
    const int8_t* row = rows[std::min(4 * group + i, args.kernel_h - 1)];
    x[i] = load_x<kFull>(tap(args, row, column) + c, args.channels - c);
  }
  const int8x16_t even_low = vzip1q_s8(x[0], x[2]), odd_low = vzip1q_s8(x[1], x[3]);
  const int8x16_t even_high = vzip2q_s8(x[0], x[2]), odd_high = vzip2q_s8(x[1], x[3]);
  return {{vzip1q_s8(even_low, odd_low), vzip2q_s8(even_low, odd_low),
           vzip1q_s8(even_high, odd_high), vzip2q_s8(even_high, odd_high)}};
}

EDGERT_INLINE Column load(const int8_t* p) {
  return {{vld1q_s8(p), vld1q_s8(p + 16), vld1q_s8(p + 32), vld1q_s8(p + 48)}};
}
EDGERT_INLINE void store(int8_t* p, const Column& column) {
  EDGERT_UNROLL for (int i = 0; i < 4; ++i) vst1q_s8(p + 16 * i, column.v[i]);
}
EDGERT_INLINE void multiply_add(int32x4_t (&acc)[4], const Column& x, const Column& w) {
  EDGERT_UNROLL for (int i = 0; i < 4; ++i) acc[i] = vdotq_s32(acc[i], x.v[i], w.v[i]);
}

// Columns are ordered once and used by every output that they are taps of.
constexpr int64_t kBufferedColumns = 64;

// One row group and three columns: weights stay in registers.
template <bool kFull, typename T>
EDGERT_INLINE void outputs_3_columns(const OutputRow<T>& out, const DepthwiseS8Args& args,
                                     Range columns, const int8_t* buffer, int32_t c,
                                     const int8_t* weights) {
  const Column w0 = load(weights), w1 = load(weights + 64), w2 = load(weights + 128);
  const int64_t step = int64_t{args.stride_w} * 64;
  const int32_t n = kFull ? 16 : args.channels - c;
  for (int32_t o = columns.first; o < columns.last; ++o, buffer += step) {
    int32x4_t acc[4];
    out.start(acc);
    multiply_add(acc, load(buffer), w0);
    multiply_add(acc, load(buffer + 64), w1);
    multiply_add(acc, load(buffer + 128), w2);
    out.store(o, acc, n);
  }
}

template <bool kFull, typename T>
EDGERT_INLINE void outputs(const OutputRow<T>& out, const DepthwiseS8Args& args, Range columns,
                           const int8_t* buffer, int32_t c, const int8_t* weights) {
  const int64_t groups = row_groups(args);
  const int64_t dx = groups * 64, step = args.stride_w * dx;
  for (int32_t o = columns.first; o < columns.last; ++o, buffer += step) {
    const int8_t* x = buffer;
    const int8_t* w = weights;
    int32x4_t acc[4];
    out.start(acc);
    for (int32_t j = 0; j < args.kernel_w; ++j, x += dx) {
      for (int64_t g = 0; g < groups; ++g, w += 64) multiply_add(acc, load(x + 64 * g), load(w));
    }
    out.store(o, acc, kFull ? 16 : args.channels - c);
  }
}

// For kernels of which not even one output's columns fit the buffer.
template <bool kFull, typename T>
void outputs_unbuffered(const OutputRow<T>& out, const DepthwiseS8Args& args,
                        const int8_t* const* rows, int32_t c, const int8_t* weights) {
  const int32_t groups = row_groups(args);
  for (int32_t o = 0; o < args.width; ++o) {
    const int8_t* w = weights;
    int64_t column = args.first_column + int64_t{o} * args.stride_w;
    int32x4_t acc[4];
    out.start(acc);
    for (int32_t j = 0; j < args.kernel_w; ++j, ++column) {
      for (int32_t g = 0; g < groups; ++g, w += 64) {
        multiply_add(acc, load_column<kFull>(args, rows, g, column, c), load(w));
      }
    }
    out.store(o, acc, kFull ? 16 : args.channels - c);
  }
}

struct Row {
  template <bool kFull, typename T>
  static void run(const DepthwiseS8Args& args, int32_t h, int32_t c, const int8_t* weights) {
    const OutputRow<T> out(args, h, c);
    const int8_t* const* rows = args.rows + int64_t{h} * args.kernel_h;
    const int32_t groups = row_groups(args);
    const int64_t spare = kBufferedColumns / groups - args.kernel_w;
    if (spare < 0) return outputs_unbuffered<kFull>(out, args, rows, c, weights);

    alignas(64) int8_t buffer[kBufferedColumns * 64];
    const auto strip = static_cast<int32_t>(spare / args.stride_w + 1);
    for (int32_t o = 0; o < args.width; o += strip) {
      const Range columns = {o, std::min(o + strip, args.width)};
      const int64_t first = args.first_column + int64_t{o} * args.stride_w;
      const int64_t last = first + int64_t{columns.last - o - 1} * args.stride_w + args.kernel_w;
      int8_t* p = buffer;
      for (int64_t column = first; column < last; ++column) {
        for (int32_t g = 0; g < groups; ++g, p += 64) {
          store(p, load_column<kFull>(args, rows, g, column, c));
        }
      }
      if (groups == 1 && args.kernel_w == 3) {
        outputs_3_columns<kFull>(out, args, columns, buffer, c, weights);
      } else {
        outputs<kFull>(out, args, columns, buffer, c, weights);
      }
    }
  }
};

constexpr DepthwiseS8 kOps{16, depthwise<Row, int8_t>, depthwise<Row, float>};
const Microkernel<DepthwiseS8> registration{Isa::kDotprod, kOps};

}  // namespace
}  // namespace edgert
