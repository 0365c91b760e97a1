#include "kernels/conv/depthwise_s8/arm.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

EDGERT_INLINE void saddw(int32x4_t (&acc)[4], const int16x8_t (&t)[2]) {
  asm volatile("saddw %0.4s, %0.4s, %1.4h" : "+w"(acc[0]) : "w"(t[0]));
  asm volatile("saddw2 %0.4s, %0.4s, %1.8h" : "+w"(acc[1]) : "w"(t[0]));
  asm volatile("saddw %0.4s, %0.4s, %1.4h" : "+w"(acc[2]) : "w"(t[1]));
  asm volatile("saddw2 %0.4s, %0.4s, %1.8h" : "+w"(acc[3]) : "w"(t[1]));
}

// Groups of four rows of one column: v.val[i] are the 16 channels of row i.
struct Weights {
  static constexpr int32_t kMaxGroups = 32;

  const int8_t* data;
  bool deinterleaved;

  EDGERT_INLINE int8x16x4_t load(int32_t group) const {
    const int8_t* p = data + int64_t{group} * 64;
    if (!deinterleaved) return vld4q_s8(p);
    return {vld1q_s8(p), vld1q_s8(p + 16), vld1q_s8(p + 32), vld1q_s8(p + 48)};
  }
};

// LD4 is slow on many cores: done once for kernels that fit the buffer.
Weights deinterleave(const int8_t* packed, int32_t groups, int8_t* buffer) {
  if (groups > Weights::kMaxGroups) return {packed, false};
  for (int32_t g = 0; g < groups; ++g) {
    const int8x16x4_t v = vld4q_s8(packed + int64_t{g} * 64);
    EDGERT_UNROLL for (int i = 0; i < 4; ++i) vst1q_s8(buffer + g * 64 + 16 * i, v.val[i]);
  }
  return {buffer, true};
}

// The taps of one output for any kernel.
template <bool kFull>
void accumulate(const DepthwiseS8Args& args, const int8_t* const* rows, int64_t column, int32_t c,
                Weights weights, int32x4_t (&acc)[4]) {
  const int32_t n = args.channels - c;
  int32_t group = 0;
  for (int32_t j = 0; j < args.kernel_w; ++j, ++column) {
    const bool inside = column >= 0 && column < args.x_columns;
    const int64_t offset = (inside ? column * args.x_step : 0) + c;
    for (int32_t i = 0; i < args.kernel_h; i += 4) {
      const auto x = [&](int32_t k) {
        return load_x<kFull>((inside ? rows[i + k] : args.padding) + offset, n);
      };
      const int8x16x4_t w = weights.load(group++);
      const int32_t taps = args.kernel_h - i;
      int16x8_t t[2];
      smull(t, w.val[0], x(0));
      if (taps > 1) smlal(t, w.val[1], x(1));
      saddw(acc, t);
      if (taps <= 2) continue;
      smull(t, w.val[2], x(2));
      if (taps > 3) smlal(t, w.val[3], x(3));
      saddw(acc, t);
    }
  }
}

// The nine taps of a 3x3 kernel inside the image: weights stay in registers.
template <bool kFull, typename T>
EDGERT_INLINE void inner_3x3(const OutputRow<T>& out, const DepthwiseS8Args& args,
                             const int8_t* const* rows, Range columns, int32_t c, const int8_t* w) {
  const int32_t n = kFull ? 16 : args.channels - c;
  const int8x16x4_t w0 = vld4q_s8(w), w1 = vld4q_s8(w + 64), w2 = vld4q_s8(w + 128);
  const int64_t step = args.stride_w * args.x_step, dx = args.x_step;
  const int64_t start = (args.first_column + int64_t{columns.first} * args.stride_w) * args.x_step;
  const int8_t* x0 = rows[0] + start + c;
  const int8_t* x1 = rows[1] + start + c;
  const int8_t* x2 = rows[2] + start + c;
  const auto load = [&](const int8_t* x) { return load_x<kFull>(x, n); };
  for (int32_t o = columns.first; o < columns.last; ++o, x0 += step, x1 += step, x2 += step) {
    int16x8_t t[2], u[2];
    int32x4_t acc[4];
    out.start(acc);
    smull(t, w0.val[0], load(x0));
    smull(u, w1.val[0], load(x0 + dx));
    smlal(t, w0.val[1], load(x1));
    smlal(u, w1.val[1], load(x1 + dx));
    saddw(acc, t);
    saddw(acc, u);
    smull(t, w2.val[0], load(x0 + 2 * dx));
    smull(u, w0.val[2], load(x2));
    smlal(t, w2.val[1], load(x1 + 2 * dx));
    smlal(u, w1.val[2], load(x2 + dx));
    saddw(acc, t);
    smull(t, w2.val[2], load(x2 + 2 * dx));
    saddw(acc, u);
    saddw(acc, t);
    out.store(o, acc, n);
  }
}

struct Row {
  template <bool kFull, typename T>
  static void run(const DepthwiseS8Args& args, int32_t h, int32_t c, const int8_t* packed) {
    const OutputRow<T> out(args, h, c);
    const int8_t* const* rows = args.rows + int64_t{h} * args.kernel_h;
    Weights weights = {packed, false};
    Range inner = {args.width, args.width};
    alignas(16) int8_t buffer[Weights::kMaxGroups * 64];
    if (args.kernel_h == 3 && args.kernel_w == 3) {
      inner = inner_columns(args);
      inner_3x3<kFull>(out, args, rows, inner, c, packed);
    } else {
      weights = deinterleave(packed, args.kernel_w * row_groups(args), buffer);
    }
    const auto run_any = [&](int32_t begin, int32_t end) {
      for (int32_t o = begin; o < end; ++o) {
        const int64_t column = args.first_column + int64_t{o} * args.stride_w;
        int32x4_t acc[4];
        out.start(acc);
        accumulate<kFull>(args, rows, column, c, weights, acc);
        out.store(o, acc, kFull ? 16 : args.channels - c);
      }
    };
    run_any(0, inner.first);
    run_any(inner.last, args.width);
  }
};

constexpr DepthwiseS8 kOps{16, depthwise<Row, int8_t>, depthwise<Row, float>};
const Microkernel<DepthwiseS8> registration{Isa::kNeon, kOps};

}  // namespace
}  // namespace edgert
