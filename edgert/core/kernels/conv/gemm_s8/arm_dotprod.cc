#include "kernels/conv/gemm_s8/arm.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

template <int Lane>
EDGERT_INLINE void sdot(int32x4_t& acc, int8x16_t w, int8x16_t x) {
  asm volatile("sdot %0.4s, %1.16b, %2.4b[%3]" : "+w"(acc) : "w"(w), "w"(x), "i"(Lane));
}

// Four weights of each of 16 channels, with lane `Lane` of x.
template <int Lane, int R>
EDGERT_INLINE void step(int32x4_t (&acc)[R][4], const int8x16_t (&x)[R], const int8_t* w) {
  int8x16_t w0, w1, w2, w3;
  load_pair<64 * Lane>(w0, w1, w);
  load_pair<64 * Lane + 32>(w2, w3, w);
  EDGERT_UNROLL for (int r = 0; r < R; ++r) sdot<Lane>(acc[r][0], w0, x[r]);
  EDGERT_UNROLL for (int r = 0; r < R; ++r) sdot<Lane>(acc[r][1], w1, x[r]);
  EDGERT_UNROLL for (int r = 0; r < R; ++r) sdot<Lane>(acc[r][2], w2, x[r]);
  EDGERT_UNROLL for (int r = 0; r < R; ++r) sdot<Lane>(acc[r][3], w3, x[r]);
}

struct Dotprod {
  static constexpr int32_t kPixels = 4;

  template <int R>
  static void multiply(const GemmS8Args& args, const int8_t* const* rows, const int8_t* w,
                       int32_t* acc) {
    int32x4_t sums[R][4];
    EDGERT_UNROLL for (int r = 0; r < R; ++r) {
      EDGERT_UNROLL for (int i = 0; i < 4; ++i) sums[r][i] = vdupq_n_s32(0);
    }
    for (int32_t run = 0; run < args.runs; ++run, rows += args.pixels) {
      const int8_t* p[R];
      EDGERT_UNROLL for (int r = 0; r < R; ++r) p[r] = rows[r];
      int32_t k = args.run_bytes;
      for (; k >= 16; k -= 16, w += 256) {
        int8x16_t x[R];
        EDGERT_UNROLL for (int r = 0; r < R; ++r) {
          x[r] = vld1q_s8(p[r]);
          p[r] += 16;
        }
        step<0>(sums, x, w);
        step<1>(sums, x, w);
        step<2>(sums, x, w);
        step<3>(sums, x, w);
      }
      for (; k > 0; k -= 4, w += 64) {
        int8x16_t x[R];
        EDGERT_UNROLL for (int r = 0; r < R; ++r) {
          load_broadcast<0>(x[r], p[r]);
          p[r] += 4;
        }
        step<0>(sums, x, w);
      }
    }
    EDGERT_UNROLL for (int r = 0; r < R; ++r) {
      EDGERT_UNROLL for (int i = 0; i < 4; ++i) vst1q_s32(acc + 16 * r + 4 * i, sums[r][i]);
    }
  }
};

constexpr GemmS8 kOps{8, gemm<Dotprod, int8_t>, gemm<Dotprod, float>};
const Microkernel<GemmS8> registration{Isa::kDotprod, kOps};

}  // namespace
}  // namespace edgert
