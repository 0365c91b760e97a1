#include "kernels/conv/gemm_s8/arm.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

EDGERT_INLINE void sadalp(int32x4_t (&acc)[2], const int16x8_t (&t)[2]) {
  asm volatile("sadalp %0.4s, %1.8h" : "+w"(acc[0]) : "w"(t[0]));
  asm volatile("sadalp %0.4s, %1.8h" : "+w"(acc[1]) : "w"(t[1]));
}

// A vector of weights is 4 channels times 4 K; so many channels of a pixel have their sums, not yet
// added in pairs, in two registers.
using Sums = int32x4_t[4][2];

template <int R>
EDGERT_INLINE void one_step(Sums (&acc)[R], int group, int8x16_t w, const int8x16_t (&x)[R]) {
  int16x8_t t[R][2];
  EDGERT_UNROLL for (int r = 0; r < R; ++r) smull(t[r], w, x[r]);
  EDGERT_UNROLL for (int r = 0; r < R; ++r) sadalp(acc[r][group], t[r]);
}

// Two consecutive K-blocks: at once, unless two products of -128 may meet.
template <bool kFullRange, int R>
EDGERT_INLINE void two_steps(Sums (&acc)[R], int group, int8x16_t w0, int8x16_t w1,
                             const int8x16_t (&x0)[R], const int8x16_t (&x1)[R]) {
  if constexpr (kFullRange) {
    one_step(acc, group, w0, x0);
    return one_step(acc, group, w1, x1);
  }
  int16x8_t t[R][2];
  EDGERT_UNROLL for (int r = 0; r < R; ++r) smull(t[r], w0, x0[r]);
  EDGERT_UNROLL for (int r = 0; r < R; ++r) smlal(t[r], w1, x1[r]);
  EDGERT_UNROLL for (int r = 0; r < R; ++r) sadalp(acc[r][group], t[r]);
}

template <bool kFullRange>
struct Neon {
  static constexpr int32_t kPixels = 2;

  template <int R>
  static EDGERT_INLINE void multiply_run(const int8_t* const* rows, int32_t k, const int8_t* w,
                                         Sums (&acc)[R]) {
    const int8_t* p[R];
    int8x16_t x0[R], x1[R], w0, w1, w2, w3, next0, next1, next2, next3;
    EDGERT_UNROLL for (int r = 0; r < R; ++r) p[r] = rows[r];
    for (; k >= 8; k -= 8, w += 128) {
      EDGERT_UNROLL for (int r = 0; r < R; ++r) {
        load_broadcast<0>(x0[r], p[r]);
        load_broadcast<4>(x1[r], p[r]);
        p[r] += 8;
      }
      load_pair<0>(w0, w1, w);
      load_pair<64>(next0, next1, w);
      two_steps<kFullRange>(acc, 0, w0, next0, x0, x1);
      load_pair<32>(w2, w3, w);
      load_pair<96>(next2, next3, w);
      two_steps<kFullRange>(acc, 1, w1, next1, x0, x1);
      two_steps<kFullRange>(acc, 2, w2, next2, x0, x1);
      two_steps<kFullRange>(acc, 3, w3, next3, x0, x1);
    }
    if (k == 0) return;
    EDGERT_UNROLL for (int r = 0; r < R; ++r) load_broadcast<0>(x0[r], p[r]);
    load_pair<0>(w0, w1, w);
    load_pair<32>(w2, w3, w);
    one_step(acc, 0, w0, x0);
    one_step(acc, 1, w1, x0);
    one_step(acc, 2, w2, x0);
    one_step(acc, 3, w3, x0);
  }

  template <int R>
  static void multiply(const GemmS8Args& args, const int8_t* const* rows, const int8_t* w,
                       int32_t* acc) {
    Sums sums[R];
    EDGERT_UNROLL for (int r = 0; r < R; ++r) {
      EDGERT_UNROLL for (int i = 0; i < 4; ++i) sums[r][i][0] = sums[r][i][1] = vdupq_n_s32(0);
    }
    for (int32_t run = 0; run < args.runs; ++run, rows += args.pixels, w += args.run_bytes * 16) {
      multiply_run(rows, args.run_bytes, w, sums);
    }
    EDGERT_UNROLL for (int r = 0; r < R; ++r) {
      EDGERT_UNROLL for (int i = 0; i < 4; ++i) {
        vst1q_s32(acc + 16 * r + 4 * i, vpaddq_s32(sums[r][i][0], sums[r][i][1]));
      }
    }
  }
};

template <typename T>
void gemm_neon(const GemmS8Args& args) {
  args.full_range ? gemm<Neon<true>, T>(args) : gemm<Neon<false>, T>(args);
}

constexpr GemmS8 kOps{8, gemm_neon<int8_t>, gemm_neon<float>};
const Microkernel<GemmS8> registration{Isa::kNeon, kOps};

}  // namespace
}  // namespace edgert
