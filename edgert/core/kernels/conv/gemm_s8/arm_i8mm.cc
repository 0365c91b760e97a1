#include "kernels/conv/gemm_s8/arm.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

EDGERT_INLINE void smmla(int32x4_t& acc, int8x16_t x, int8x16_t w) {
  asm volatile("smmla %0.4s, %1.16b, %2.16b" : "+w"(acc) : "w"(x), "w"(w));
}
// Two channels times 8 K each, from two K-blocks of four channels: the lower and the upper
// channels.
EDGERT_INLINE int8x16_t zip_low(int8x16_t w0, int8x16_t w1) {
  int8x16_t z;
  asm volatile("zip1 %0.4s, %1.4s, %2.4s" : "=w"(z) : "w"(w0), "w"(w1));
  return z;
}
EDGERT_INLINE int8x16_t zip_high(int8x16_t w0, int8x16_t w1) {
  int8x16_t z;
  asm volatile("zip2 %0.4s, %1.4s, %2.4s" : "=w"(z) : "w"(w0), "w"(w1));
  return z;
}

// The 2 x 2 results {pixel 0, pixel 0, pixel 1, pixel 1} of a pair of pixels and 8 pairs of
// channels.
using Sums = int32x4_t[8];

template <int Pairs>
EDGERT_INLINE void step(Sums (&acc)[Pairs], int group, const int8x16_t (&x)[Pairs], int8x16_t w0,
                        int8x16_t w1) {
  const int8x16_t low = zip_low(w0, w1);
  const int8x16_t high = zip_high(w0, w1);
  EDGERT_UNROLL for (int i = 0; i < Pairs; ++i) smmla(acc[i][2 * group], x[i], low);
  EDGERT_UNROLL for (int i = 0; i < Pairs; ++i) smmla(acc[i][2 * group + 1], x[i], high);
}

EDGERT_INLINE int32x4_t low_halves(int32x4_t a, int32x4_t b) {
  return vreinterpretq_s32_s64(vzip1q_s64(vreinterpretq_s64_s32(a), vreinterpretq_s64_s32(b)));
}
EDGERT_INLINE int32x4_t high_halves(int32x4_t a, int32x4_t b) {
  return vreinterpretq_s32_s64(vzip2q_s64(vreinterpretq_s64_s32(a), vreinterpretq_s64_s32(b)));
}

EDGERT_INLINE int8x16_t load_8_of_two(const int8_t* p0, const int8_t* p1) {
  return vcombine_s8(vld1_s8(p0), vld1_s8(p1));
}
// Followed by zeros.
EDGERT_INLINE int8x16_t load_4_of_two(const int8_t* p0, const int8_t* p1) {
  int32x4_t v = vdupq_n_s32(0);
  v = vld1q_lane_s32(reinterpret_cast<const int32_t*>(p0), v, 0);
  v = vld1q_lane_s32(reinterpret_cast<const int32_t*>(p1), v, 2);
  return vreinterpretq_s8_s32(v);
}

struct I8mm {
  static constexpr int32_t kPixels = 6;

  // The last pixel of an odd number is computed twice.
  template <int R, int Pairs>
  static EDGERT_INLINE void multiply_run(const int8_t* const* rows, int32_t k, const int8_t* w,
                                         Sums (&acc)[Pairs]) {
    const int8_t* p[2 * Pairs];
    EDGERT_UNROLL for (int r = 0; r < 2 * Pairs; ++r) p[r] = rows[r < R ? r : R - 1];
    int8x16_t x[Pairs], a0, a1, b0, b1;
    for (; k >= 8; k -= 8, w += 128) {
      EDGERT_UNROLL for (int i = 0; i < Pairs; ++i) {
        x[i] = load_8_of_two(p[2 * i], p[2 * i + 1]);
        p[2 * i] += 8;
        p[2 * i + 1] += 8;
      }
      load_pair<0>(a0, a1, w);
      load_pair<64>(b0, b1, w);
      step(acc, 0, x, a0, b0);
      step(acc, 1, x, a1, b1);
      load_pair<32>(a0, a1, w);
      load_pair<96>(b0, b1, w);
      step(acc, 2, x, a0, b0);
      step(acc, 3, x, a1, b1);
    }
    if (k == 0) return;
    EDGERT_UNROLL for (int i = 0; i < Pairs; ++i) x[i] = load_4_of_two(p[2 * i], p[2 * i + 1]);
    load_pair<0>(a0, a1, w);
    load_pair<32>(b0, b1, w);
    step(acc, 0, x, a0, a0);
    step(acc, 1, x, a1, a1);
    step(acc, 2, x, b0, b0);
    step(acc, 3, x, b1, b1);
  }

  template <int R>
  static void multiply(const GemmS8Args& args, const int8_t* const* rows, const int8_t* w,
                       int32_t* acc) {
    constexpr int kPairs = (R + 1) / 2;
    Sums sums[kPairs];
    EDGERT_UNROLL for (int i = 0; i < kPairs; ++i) {
      EDGERT_UNROLL for (int j = 0; j < 8; ++j) sums[i][j] = vdupq_n_s32(0);
    }
    for (int32_t run = 0; run < args.runs; ++run, rows += args.pixels, w += args.run_bytes * 16) {
      multiply_run<R>(rows, args.run_bytes, w, sums);
    }
    EDGERT_UNROLL for (int r = 0; r < R; ++r) {
      EDGERT_UNROLL for (int i = 0; i < 4; ++i) {
        const int32x4_t low = sums[r / 2][2 * i], high = sums[r / 2][2 * i + 1];
        vst1q_s32(acc + 16 * r + 4 * i,
                  r % 2 == 0 ? low_halves(low, high) : high_halves(low, high));
      }
    }
  }
};

constexpr GemmS8 kOps{12, gemm<I8mm, int8_t>, gemm<I8mm, float>};
const Microkernel<GemmS8> registration{Isa::kI8mm, kOps};

}  // namespace
}  // namespace edgert
