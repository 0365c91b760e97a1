#include "kernels/conv/arm64.h"
#include "kernels/conv/depthwise_s8/arm.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

// Four rows of one column of 16 channels, ordered as the weights are: [16 channels][4 rows].
struct Column {
  int8x16_t v[4];
};

// Rows past the kernel have weights of zero: any row stands in for them.
EDGERT_INLINE Column interleave(int8x16_t x0, int8x16_t x1, int8x16_t x2, int8x16_t x3) {
  const int8x16_t even_low = vzip1q_s8(x0, x2), odd_low = vzip1q_s8(x1, x3);
  const int8x16_t even_high = vzip2q_s8(x0, x2), odd_high = vzip2q_s8(x1, x3);
  return {{vzip1q_s8(even_low, odd_low), vzip2q_s8(even_low, odd_low),
           vzip1q_s8(even_high, odd_high), vzip2q_s8(even_high, odd_high)}};
}

template <bool kFull>
EDGERT_INLINE Column load_column(const DepthwiseS8Args& args, const int8_t* const* rows,
                                 int32_t group, int64_t column, int32_t c) {
  int8x16_t x[4];
  EDGERT_UNROLL for (int32_t i = 0; i < 4; ++i) {
    const int8_t* row = rows[std::min(4 * group + i, args.kernel_h - 1)];
    x[i] = load_x<kFull>(tap(args, row, column) + c, args.channels - c);
  }
  return interleave(x[0], x[1], x[2], x[3]);
}

EDGERT_INLINE Column load(const int8_t* p) {
  return {{vld1q_s8(p), vld1q_s8(p + 16), vld1q_s8(p + 32), vld1q_s8(p + 48)}};
}
EDGERT_INLINE void store(int8_t* p, const Column& column) {
  EDGERT_UNROLL for (int i = 0; i < 4; ++i) vst1q_s8(p + 16 * i, column.v[i]);
}
EDGERT_INLINE void multiply_add(int32x4_t (&acc)[4], const Column& x, const Column& w) {
  EDGERT_UNROLL for (int i = 0; i < 4; ++i) {
    asm("sdot %0.4s, %1.16b, %2.16b" : "+w"(acc[i]) : "w"(x.v[i]), "w"(w.v[i]));
  }
}

// ---- 3x3: weights and columns stay in registers ----

// The three rows that an output row sees.
template <bool kFull>
struct Rows3 {
  const Channels16<kFull>& channels;
  const int8_t* const* rows;
  int32_t c;
  const int8_t* row[3];

  EDGERT_INLINE Column operator[](int64_t column) const {
    int8x16_t x[3];
    channels.load(x, rows, c, column);
    return interleave(x[0], x[1], x[2], x[2]);
  }
  // A column of which 16 bytes can be read.
  EDGERT_INLINE Column whole(int64_t offset) const {
    const int8x16_t x2 = vld1q_s8(row[2] + offset);
    return interleave(vld1q_s8(row[0] + offset), vld1q_s8(row[1] + offset), x2, x2);
  }
};

struct Kernel3x3 {
  Column weights[3];
  const int32_t* bias;
  const float* scale;
  Epilogue<int8_t> epilogue;

  EDGERT_INLINE int8x16_t operator()(const Column& x0, const Column& x1, const Column& x2) const {
    int32x4_t acc[4];
    load_pair<0>(acc[0], acc[1], bias);
    load_pair<32>(acc[2], acc[3], bias);
    multiply_add(acc, x0, weights[0]);
    multiply_add(acc, x1, weights[1]);
    multiply_add(acc, x2, weights[2]);
    float32x4_t t[4];
    load_pair<0>(t[0], t[1], scale);
    load_pair<32>(t[2], t[3], scale);
    EDGERT_UNROLL for (int i = 0; i < 4; ++i) t[i] = vmulq_f32(vcvtq_f32_s32(acc[i]), t[i]);
    return epilogue.quantize(t);
  }
};

class Loops3x3 {
 public:
  template <bool kFull>
  static void run(const DepthwiseS8Args& args, int32_t c, const int8_t* w) {
    args.stride_w == 1 ? run<kFull, 1>(args, c, w) : run<kFull, 2>(args, c, w);
  }

 private:
  // Columns move through three variables by turns.
  template <bool kFull, int kStride>
  static void run(const DepthwiseS8Args& args, int32_t c, const int8_t* w) {
    const Kernel3x3 kernel{{load(w), load(w + 64), load(w + 128)},
                           args.bias + c,
                           args.scale + c,
                           Epilogue<int8_t>(args)};
    const Channels16<kFull> channels(args, c);
    const int32_t whole = outputs_within(args, channels.whole());
    const int64_t x_step = args.x_step, y_step = args.y_step;
    for (int32_t h = 0; h < args.height; ++h) {
      const int8_t* const* taps = args.rows + int64_t{h} * 3;
      const Rows3<kFull> rows{channels, taps, c, {taps[0] + c, taps[1] + c, taps[2] + c}};
      int8_t* y = static_cast<int8_t*>(args.y[h]) + c;
      const auto store = [&](int8x16_t v) EDGERT_INLINE_LAMBDA {
        channels.store(y, v);
        y += y_step;
      };
      // The column that enters next.
      int64_t column = args.first_column + 3 - kStride, offset = column * x_step;
      const auto next = [&]() EDGERT_INLINE_LAMBDA {
        const Column x = rows.whole(offset);
        offset += x_step;
        return x;
      };
      int32_t o = 0;
      Column x0 = rows[args.first_column], x1, x2;
      if constexpr (kStride == 1) {
        x1 = rows[args.first_column + 1];
        for (; o + 3 <= whole; o += 3) {
          x2 = next();
          store(kernel(x0, x1, x2));
          x0 = next();
          store(kernel(x1, x2, x0));
          x1 = next();
          store(kernel(x2, x0, x1));
        }
        for (column += o; o < args.width; ++o, ++column) {
          x2 = rows[column];
          store(kernel(x0, x1, x2));
          x0 = x1;
          x1 = x2;
        }
      } else {
        for (; o + 2 <= whole; o += 2) {
          x1 = next();
          x2 = next();
          store(kernel(x0, x1, x2));
          x1 = next();
          x0 = next();
          store(kernel(x2, x1, x0));
        }
        for (column += 2 * int64_t{o}; o < args.width; ++o, column += 2) {
          x1 = rows[column];
          x2 = rows[column + 1];
          store(kernel(x0, x1, x2));
          x0 = x2;
        }
      }
    }
  }
};

// ---- any kernel ----

// Output columns [first, last).
struct Range {
  int32_t first;
  int32_t last;
};

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

constexpr DepthwiseS8 kOps{16, depthwise_s8<Loops3x3, Row>, depthwise<Row, float>};
const Microkernel<DepthwiseS8> registration{Isa::kDotprod, kOps};

}  // namespace
}  // namespace edgert
