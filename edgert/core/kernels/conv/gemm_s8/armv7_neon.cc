// 2 pixels by 8 channels: 8 pairs of sums, 3 weights, 2 inputs, 3 products.
//
// A vector of weights is 4 channels times 4 K, and a pixel's 4 K fill the two lanes of half a
// vector. Loops are blocks of instructions, in the order in which an in-order core should meet
// them, because g++ has no register to spare for anything else.
#include "kernels/conv/gemm_s8/arm.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

// Of 8 channels, two in each vector.
using Accumulators = int32x4_t[4];

// From one half of a block's channels to the same half of the next K.
constexpr int kBlockBytes = 64;

// Products of `count` >= 1 pairs of K-blocks, which are added in 16 bits. Those of two channels of
// a pixel wait in one of q5 ... q7 for the next two such groups. The pointers end behind what was
// read.
EDGERT_INLINE void multiply_pairs(Accumulators (&acc)[2], const int8_t* (&p)[2], const int8_t*& w,
                                  int32_t count) {
  asm volatile(
      "1:\n"
      "vld1.8 {d4, d5}, [%[w]]!\n"
      "vld2.32 {d0[], d1[]}, [%[p0]]!\n"
      "vld1.8 {d8, d9}, [%[w]], %[step]\n"
      "vld2.32 {d2[], d3[]}, [%[p1]]!\n"
      "vld1.8 {d6, d7}, [%[w]]!\n"
      "vmull.s8 q5, d4, d0\n"
      "subs %[n], %[n], #1\n"
      "vmull.s8 q6, d4, d2\n"
      "vmlal.s8 q5, d6, d1\n"
      "vmull.s8 q7, d5, d0\n"
      "vmlal.s8 q6, d6, d3\n"
      "vpadal.s16 %q[a0], q5\n"
      "vmull.s8 q5, d5, d2\n"
      "vld1.8 {d4, d5}, [%[w]], %[step]\n"
      "vmlal.s8 q7, d7, d1\n"
      "vpadal.s16 %q[b0], q6\n"
      "vmull.s8 q6, d8, d0\n"
      "vmlal.s8 q5, d7, d3\n"
      "vpadal.s16 %q[a1], q7\n"
      "vmull.s8 q7, d8, d2\n"
      "vmlal.s8 q6, d4, d1\n"
      "vpadal.s16 %q[b1], q5\n"
      "vmull.s8 q5, d9, d0\n"
      "vmlal.s8 q7, d4, d3\n"
      "vpadal.s16 %q[a2], q6\n"
      "vmull.s8 q6, d9, d2\n"
      "vmlal.s8 q5, d5, d1\n"
      "vpadal.s16 %q[b2], q7\n"
      "vmlal.s8 q6, d5, d3\n"
      "vpadal.s16 %q[a3], q5\n"
      "vpadal.s16 %q[b3], q6\n"
      "bne 1b\n"
      : [a0] "+w"(acc[0][0]), [a1] "+w"(acc[0][1]), [a2] "+w"(acc[0][2]), [a3] "+w"(acc[0][3]),
        [b0] "+w"(acc[1][0]), [b1] "+w"(acc[1][1]), [b2] "+w"(acc[1][2]), [b3] "+w"(acc[1][3]),
        [p0] "+r"(p[0]), [p1] "+r"(p[1]), [w] "+r"(w), [n] "+r"(count)
      : [step] "r"(kBlockBytes - 16)
      : "d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8", "d9", "d10", "d11", "d12", "d13",
        "d14", "d15", "cc", "memory");
}
EDGERT_INLINE void multiply_pairs(Accumulators (&acc)[1], const int8_t* (&p)[1], const int8_t*& w,
                                  int32_t count) {
  asm volatile(
      "1:\n"
      "vld2.32 {d0[], d1[]}, [%[p0]]!\n"
      "vld1.8 {d4, d5, d6, d7}, [%[w]], %[step]\n"
      "vld1.8 {d8, d9, d10, d11}, [%[w]], %[step]\n"
      "subs %[n], %[n], #1\n"
      "vmull.s8 q6, d4, d0\n"
      "vmull.s8 q7, d5, d0\n"
      "vmull.s8 q8, d6, d0\n"
      "vmull.s8 q9, d7, d0\n"
      "vmlal.s8 q6, d8, d1\n"
      "vmlal.s8 q7, d9, d1\n"
      "vmlal.s8 q8, d10, d1\n"
      "vmlal.s8 q9, d11, d1\n"
      "vpadal.s16 %q[a0], q6\n"
      "vpadal.s16 %q[a1], q7\n"
      "vpadal.s16 %q[a2], q8\n"
      "vpadal.s16 %q[a3], q9\n"
      "bne 1b\n"
      : [a0] "+w"(acc[0][0]), [a1] "+w"(acc[0][1]), [a2] "+w"(acc[0][2]), [a3] "+w"(acc[0][3]),
        [p0] "+r"(p[0]), [w] "+r"(w), [n] "+r"(count)
      : [step] "r"(kBlockBytes)
      : "d0", "d1", "d4", "d5", "d6", "d7", "d8", "d9", "d10", "d11", "d12", "d13", "d14", "d15",
        "d16", "d17", "d18", "d19", "cc", "memory");
}

// One K-block.
EDGERT_INLINE int8x8_t load_lanes(const int8_t*& from) {
  int32_t lane;
  std::memcpy(&lane, from, sizeof(lane));
  from += sizeof(lane);
  return vreinterpret_s8_s32(vdup_n_s32(lane));
}
template <int R>
EDGERT_INLINE void multiply_one(Accumulators (&acc)[R], const int8_t* (&p)[R], const int8_t*& w) {
  int8x8_t x[R];
  EDGERT_UNROLL for (int r = 0; r < R; ++r) x[r] = load_lanes(p[r]);
  EDGERT_UNROLL for (int i = 0; i < 4; ++i) {
    const int8x8_t weights = vld1_s8(w + 8 * i);
    EDGERT_UNROLL for (int r = 0; r < R; ++r) {
      acc[r][i] = vpadalq_s16(acc[r][i], vmull_s8(weights, x[r]));
    }
  }
  w += kBlockBytes;
}

// kFullRange: two products of -128 may meet.
template <bool kFullRange>
struct Neon {
  static constexpr int32_t kPixels = 2;

  template <int R>
  class Sums {
   public:
    EDGERT_INLINE Sums(const Block& block, const int8_t* const* rows) {
      EDGERT_UNROLL for (int half = 0; half < 2; ++half) {
        Accumulators acc[R];
        start(acc, block.bias + 8 * half);
        const int8_t* w = block.weights + 32 * half;
        const int8_t* const* run_rows = rows;
        int32_t run = block.runs;
        do {
          multiply_run(acc, run_rows, block.run_bytes, w);
          run_rows += block.next_run;
        } while (--run > 0);
        EDGERT_UNROLL for (int r = 0; r < R; ++r) {
          EDGERT_UNROLL for (int i = 0; i < 2; ++i) {
            sums_[r][2 * half + i] = vpaddq_s32(acc[r][2 * i], acc[r][2 * i + 1]);
          }
        }
      }
    }

    EDGERT_INLINE int32x4_t sum(int r, int i) const { return sums_[r][i]; }

    template <bool kResidual>
    EDGERT_INLINE void store(const Epilogue<int8_t>& epilogue, const float* scales,
                             const Outputs& outputs) const {
      store_pixels<kResidual>(sums_, epilogue, scales, outputs);
    }

   private:
    static EDGERT_INLINE void start(Accumulators (&acc)[R], const int32_t* bias) {
      EDGERT_UNROLL for (int i = 0; i < 2; ++i) {
        const int32x4x2_t pairs = vzipq_s32(vld1q_s32(bias + 4 * i), vdupq_n_s32(0));
        EDGERT_UNROLL for (int r = 0; r < R; ++r) {
          acc[r][2 * i] = pairs.val[0];
          acc[r][2 * i + 1] = pairs.val[1];
        }
      }
    }
    static EDGERT_INLINE void multiply_run(Accumulators (&acc)[R], const int8_t* const* rows,
                                           int32_t k, const int8_t*& w) {
      const int8_t* p[R];
      EDGERT_UNROLL for (int r = 0; r < R; ++r) p[r] = rows[r];
      if constexpr (kFullRange) {
        for (int32_t n = k >> 2; n > 0; --n) multiply_one(acc, p, w);
      } else {
        if (k >= 8) multiply_pairs(acc, p, w, k >> 3);
        if ((k & 4) != 0) multiply_one(acc, p, w);
      }
    }

    int32x4_t sums_[R][4];
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
