#include "kernels/conv/arm64.h"
#include "kernels/conv/gemm_s8/arm.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

// A vector of weights is 4 channels times 4 K, one of a pixel is 4 K in each lane. Products of 16
// bits, and sums that are not yet added in pairs, fill two registers.
template <int kHalf>
EDGERT_INLINE int16x8_t smull(int8x16_t w, int8x16_t x) {
  int16x8_t t;
  if constexpr (kHalf == 0) {
    asm volatile("smull %0.8h, %1.8b, %2.8b" : "=w"(t) : "w"(w), "w"(x));
  } else {
    asm volatile("smull2 %0.8h, %1.16b, %2.16b" : "=w"(t) : "w"(w), "w"(x));
  }
  return t;
}
template <int kHalf>
EDGERT_INLINE int16x8_t smlal(int16x8_t t, int8x16_t w, int8x16_t x) {
  if constexpr (kHalf == 0) {
    asm volatile("smlal %0.8h, %1.8b, %2.8b" : "+w"(t) : "w"(w), "w"(x));
  } else {
    asm volatile("smlal2 %0.8h, %1.16b, %2.16b" : "+w"(t) : "w"(w), "w"(x));
  }
  return t;
}
EDGERT_INLINE int32x4_t sadalp(int32x4_t acc, int16x8_t t) {
  asm volatile("sadalp %0.4s, %1.8h" : "+w"(acc) : "w"(t));
  return acc;
}

EDGERT_INLINE int8x16_t load_lanes(const int8_t*& from) {
  const int8_t* p = from;
  int8x16_t x;
  asm volatile("ld1r {%0.4s}, [%1], #4"
               : "=w"(x), "+r"(p)
               : "m"(*reinterpret_cast<const uint8_t(*)[4]>(p)));
  from = p;
  return x;
}

// Four channels of R pixels.
template <int R>
using Products = int16x8_t[R][2];
template <int R>
using Accumulators = int32x4_t[R][2];

// x0, x1: of the pixels.
template <int R>
EDGERT_INLINE void multiply(Products<R>& t, int8x16_t w, int8x16_t x0, int8x16_t x1) {
  EDGERT_UNROLL for (int r = 0; r < R; ++r) {
    t[r][0] = smull<0>(w, r == 0 ? x0 : x1);
    t[r][1] = smull<1>(w, r == 0 ? x0 : x1);
  }
}
template <int R>
EDGERT_INLINE void multiply_add(Products<R>& t, int8x16_t w, int8x16_t x0, int8x16_t x1) {
  EDGERT_UNROLL for (int r = 0; r < R; ++r) {
    t[r][0] = smlal<0>(t[r][0], w, r == 0 ? x0 : x1);
    t[r][1] = smlal<1>(t[r][1], w, r == 0 ? x0 : x1);
  }
}
template <int R>
EDGERT_INLINE void accumulate(Accumulators<R>& acc, const Products<R>& t) {
  EDGERT_UNROLL for (int r = 0; r < R; ++r) {
    acc[r][0] = sadalp(acc[r][0], t[r][0]);
    acc[r][1] = sadalp(acc[r][1], t[r][1]);
  }
}
// accumulate() and multiply() by turns, for cores that have a unit for each.
template <int R>
EDGERT_INLINE void accumulate_multiply(Accumulators<R>& acc, Products<R>& t, int8x16_t w,
                                       int8x16_t x0, int8x16_t x1) {
  EDGERT_UNROLL for (int r = 0; r < R; ++r) {
    acc[r][0] = sadalp(acc[r][0], t[r][0]);
    t[r][0] = smull<0>(w, r == 0 ? x0 : x1);
    acc[r][1] = sadalp(acc[r][1], t[r][1]);
    t[r][1] = smull<1>(w, r == 0 ? x0 : x1);
  }
}

// Two K-blocks, whose products are added in 16 bits. Weights are loaded as soon as there is a
// register, and products wait for each other as little as possible: some cores compute in this
// order. One register is to spare.
template <int R>
EDGERT_INLINE void two_blocks(Accumulators<R> (&acc)[4], const int8_t* (&p)[R], const int8_t* w) {
  register int8x16_t x0 asm("v28"), next0 asm("v29"), x1 asm("v30"), next1 asm("v31");
  int8x16_t a0, a1, b0, b1;
  Products<R> t, u;
  load_pair<0>(a0, a1, w);
  const int8_t* p0 = p[0];
  asm volatile("ld2r {v28.4s, v29.4s}, [%2], #8"
               : "=w"(x0), "=w"(next0), "+r"(p0)
               : "m"(*reinterpret_cast<const uint8_t(*)[8]>(p0)));
  p[0] = p0;
  if constexpr (R == 2) {
    const int8_t* p1 = p[1];
    asm volatile("ld2r {v30.4s, v31.4s}, [%2], #8"
                 : "=w"(x1), "=w"(next1), "+r"(p1)
                 : "m"(*reinterpret_cast<const uint8_t(*)[8]>(p1)));
    p[1] = p1;
  } else {
    x1 = x0, next1 = next0;  // not used
  }
  load_pair<64>(b0, b1, w);
  multiply<R>(t, a0, x0, x1);
  multiply<R>(u, a1, x0, x1);
  multiply_add<R>(t, b0, next0, next1);
  load_pair<32>(a0, a1, w);
  multiply_add<R>(u, b1, next0, next1);
  accumulate_multiply<R>(acc[0], t, a0, x0, x1);
  load_pair<96>(b0, b1, w);
  accumulate_multiply<R>(acc[1], u, a1, x0, x1);
  multiply_add<R>(t, b0, next0, next1);
  multiply_add<R>(u, b1, next0, next1);
  accumulate<R>(acc[2], t);
  accumulate<R>(acc[3], u);
}

template <int R>
EDGERT_INLINE void one_block(Accumulators<R> (&acc)[4], const int8_t* (&p)[R], const int8_t* w) {
  int8x16_t a0, a1, b0, b1;
  Products<R> t, u;
  load_pair<0>(a0, a1, w);
  const int8x16_t x0 = load_lanes(p[0]);
  const int8x16_t x1 = R == 2 ? load_lanes(p[R - 1]) : x0;
  load_pair<32>(b0, b1, w);
  multiply<R>(t, a0, x0, x1);
  multiply<R>(u, a1, x0, x1);
  accumulate_multiply<R>(acc[0], t, b0, x0, x1);
  accumulate_multiply<R>(acc[1], u, b1, x0, x1);
  accumulate<R>(acc[2], t);
  accumulate<R>(acc[3], u);
}

// kFullRange: two products of -128 may meet.
template <bool kFullRange>
struct Neon {
  static constexpr int32_t kPixels = 2;
  using Weights = WeightsInPlace;

  template <int R>
  class Sums {
   public:
    EDGERT_INLINE Sums(const Block& block, const int8_t* const* rows) {
      const int32x4_t zero = vdupq_n_s32(0);
      EDGERT_UNROLL for (int i = 0; i < 4; ++i) {
        const int32x4_t bias = vld1q_s32(block.bias + 4 * i);
        EDGERT_UNROLL for (int r = 0; r < R; ++r) {
          acc_[i][r][0] = vzip1q_s32(bias, zero);
          acc_[i][r][1] = vzip2q_s32(bias, zero);
        }
      }
      const int8_t* w = block.weights;
      int32_t run = block.runs;
      do {
        multiply_run(rows, block.run_bytes, w);
        rows += block.next_run;
      } while (--run > 0);
    }

    EDGERT_INLINE int32x4_t sum(int r, int i) const {
      const auto& acc = acc_[i][r];
      return vpaddq_s32(acc[0], acc[1]);
    }

    template <bool kResidual>
    EDGERT_INLINE void store(const Epilogue<int8_t>& epilogue, const float* scales,
                             const Outputs& outputs) const {
      store_sums<kResidual, R>(*this, epilogue, scales, outputs);
    }

   private:
    EDGERT_INLINE void multiply_run(const int8_t* const* rows, int32_t k, const int8_t*& w) {
      const int8_t* p[R];
      EDGERT_UNROLL for (int r = 0; r < R; ++r) p[r] = rows[r];
      if constexpr (kFullRange) {
        for (int32_t n = k >> 2; n > 0; --n, w += 64) one_block<R>(acc_, p, w);
      } else {
        for (int32_t n = k >> 3; n > 0; --n, w += 128) two_blocks<R>(acc_, p, w);
        if ((k & 4) != 0) {
          one_block<R>(acc_, p, w);
          w += 64;
        }
      }
    }

    Accumulators<R> acc_[4];
  };
};

template <typename T>
void gemm_neon(const GemmS8Args& args) {
  args.full_range ? gemm<Neon<true>, T>(args) : gemm<Neon<false>, T>(args);
}

constexpr GemmS8 kOps{48, Neon<false>::kPixels, gemm_neon<int8_t>, gemm_neon<float>};
const Microkernel<GemmS8> registration{Isa::kNeon, kOps};

}  // namespace
}  // namespace edgert
