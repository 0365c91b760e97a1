#include "kernels/conv/arm64.h"
#include "kernels/conv/gemm_s8/arm.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

template <int Lane>
EDGERT_INLINE int32x4_t sdot(int32x4_t acc, int8x16_t w, int8x16_t x) {
  asm volatile("sdot %0.4s, %1.16b, %2.4b[%3]" : "+w"(acc) : "w"(w), "w"(x), "i"(Lane));
  return acc;
}

// Four weights of each of 16 channels, with lane `Lane` of x. One instruction loads them, into
// consecutive registers.
template <int Lane, int R>
EDGERT_INLINE void step(int32x4_t (&acc)[R][4], const int8x16_t (&x)[R], const int8_t*& weights) {
  register int8x16_t w0 asm("v28"), w1 asm("v29"), w2 asm("v30"), w3 asm("v31");
  const int8_t* w = weights;
  asm volatile("ld1 {v28.16b-v31.16b}, [%4], #64"
               : "=w"(w0), "=w"(w1), "=w"(w2), "=w"(w3), "+r"(w)
               : "m"(*reinterpret_cast<const uint8_t(*)[64]>(w)));
  weights = w;
  EDGERT_UNROLL for (int r = 0; r < R; ++r) acc[r][0] = sdot<Lane>(acc[r][0], w0, x[r]);
  EDGERT_UNROLL for (int r = 0; r < R; ++r) acc[r][1] = sdot<Lane>(acc[r][1], w1, x[r]);
  EDGERT_UNROLL for (int r = 0; r < R; ++r) acc[r][2] = sdot<Lane>(acc[r][2], w2, x[r]);
  EDGERT_UNROLL for (int r = 0; r < R; ++r) acc[r][3] = sdot<Lane>(acc[r][3], w3, x[r]);
}
template <int R>
EDGERT_INLINE void four_steps(int32x4_t (&acc)[R][4], const int8x16_t (&x)[R],
                              const int8_t*& weights) {
  step<0>(acc, x, weights);
  step<1>(acc, x, weights);
  step<2>(acc, x, weights);
  step<3>(acc, x, weights);
}

template <int R>
EDGERT_INLINE void multiply_run(int32x4_t (&acc)[R][4], const int8_t* const* rows, int32_t k,
                                const int8_t*& w) {
  const int8_t* p[R];
  int8x16_t x[R];
  EDGERT_UNROLL for (int r = 0; r < R; ++r) p[r] = rows[r];
  for (int32_t n = k >> 5; n > 0; --n) {
    int8x16_t next[R];
    EDGERT_UNROLL for (int r = 0; r < R; ++r) x[r] = load_32(p[r], next[r]);
    four_steps(acc, x, w);
    four_steps(acc, next, w);
  }
  if ((k & 16) != 0) {
    EDGERT_UNROLL for (int r = 0; r < R; ++r) x[r] = load<16>(p[r]);
    four_steps(acc, x, w);
  }
  if ((k & 8) != 0) {
    EDGERT_UNROLL for (int r = 0; r < R; ++r) x[r] = load<8>(p[r]);
    step<0>(acc, x, w);
    step<1>(acc, x, w);
  }
  if ((k & 4) != 0) {
    EDGERT_UNROLL for (int r = 0; r < R; ++r) x[r] = load<4>(p[r]);
    step<0>(acc, x, w);
  }
}

struct Dotprod {
  static constexpr int32_t kPixels = 4;
  using Weights = WeightsInPlace;

  template <int R>
  class Sums {
   public:
    EDGERT_INLINE Sums(const Block& block, const int8_t* const* rows) {
      const int32_t* bias = block.bias;
      EDGERT_UNROLL for (int r = 0; r < R; ++r) {
        EDGERT_UNROLL for (int i = 0; i < 4; ++i) acc_[r][i] = vld1q_s32(bias + 4 * i);
      }
      const int8_t* w = block.weights;
      int32_t run = block.runs;
      do {
        multiply_run(acc_, rows, block.run_bytes, w);
        rows += block.next_run;
      } while (--run > 0);
    }

    EDGERT_INLINE int32x4_t sum(int r, int i) const { return acc_[r][i]; }

    template <bool kResidual>
    EDGERT_INLINE void store(const Epilogue<int8_t>& epilogue, const float* scales,
                             const Outputs& outputs) const {
      store_pixels<kResidual>(acc_, epilogue, scales, outputs);
    }

   private:
    int32x4_t acc_[R][4];
  };
};

constexpr GemmS8 kOps{48, Dotprod::kPixels, gemm<Dotprod, int8_t>, gemm<Dotprod, float>};
const Microkernel<GemmS8> registration{Isa::kDotprod, kOps};

}  // namespace
}  // namespace edgert
