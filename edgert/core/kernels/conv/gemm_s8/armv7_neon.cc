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

// Products of `pairs` of K-blocks, which are added in 16 bits, and then of `singles`. Those of two
// channels of a pixel wait in one of q5 ... q7 for the next two such groups.
EDGERT_INLINE void multiply(Accumulators (&acc)[2], const int8_t* (&p)[2], const int8_t*& w,
                            int32_t pairs, int32_t singles) {
  asm volatile(
      "cmp %[pairs], #0\n"
      "beq 2f\n"
      "1:\n"
      "vld1.8 {d4, d5}, [%[w]]!\n"
      "vld2.32 {d0[], d1[]}, [%[p0]]!\n"
      "vld1.8 {d8, d9}, [%[w]], %[step]\n"
      "vld2.32 {d2[], d3[]}, [%[p1]]!\n"
      "vld1.8 {d6, d7}, [%[w]]!\n"
      "vmull.s8 q5, d4, d0\n"
      "subs %[pairs], %[pairs], #1\n"
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
      "2:\n"
      "cmp %[singles], #0\n"
      "beq 4f\n"
      "3:\n"
      "vld1.8 {d4, d5}, [%[w]]!\n"
      "vld1.32 {d0[]}, [%[p0]]!\n"
      "vld1.8 {d6, d7}, [%[w]], %[step]\n"
      "vld1.32 {d2[]}, [%[p1]]!\n"
      "vmull.s8 q5, d4, d0\n"
      "vmull.s8 q6, d5, d0\n"
      "vmull.s8 q7, d6, d0\n"
      "subs %[singles], %[singles], #1\n"
      "vpadal.s16 %q[a0], q5\n"
      "vmull.s8 q5, d7, d0\n"
      "vpadal.s16 %q[a1], q6\n"
      "vmull.s8 q6, d4, d2\n"
      "vpadal.s16 %q[a2], q7\n"
      "vmull.s8 q7, d5, d2\n"
      "vpadal.s16 %q[a3], q5\n"
      "vmull.s8 q5, d6, d2\n"
      "vpadal.s16 %q[b0], q6\n"
      "vmull.s8 q6, d7, d2\n"
      "vpadal.s16 %q[b1], q7\n"
      "vpadal.s16 %q[b2], q5\n"
      "vpadal.s16 %q[b3], q6\n"
      "bne 3b\n"
      "4:\n"
      : [a0] "+w"(acc[0][0]), [a1] "+w"(acc[0][1]), [a2] "+w"(acc[0][2]), [a3] "+w"(acc[0][3]),
        [b0] "+w"(acc[1][0]), [b1] "+w"(acc[1][1]), [b2] "+w"(acc[1][2]), [b3] "+w"(acc[1][3]),
        [p0] "+r"(p[0]), [p1] "+r"(p[1]), [w] "+r"(w), [pairs] "+r"(pairs), [singles] "+r"(singles)
      : [step] "r"(kBlockBytes - 16)
      : "d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8", "d9", "d10", "d11", "d12", "d13",
        "d14", "d15", "cc", "memory");
}
EDGERT_INLINE void multiply(Accumulators (&acc)[1], const int8_t* (&p)[1], const int8_t*& w,
                            int32_t pairs, int32_t singles) {
  asm volatile(
      "cmp %[pairs], #0\n"
      "beq 2f\n"
      "1:\n"
      "vld2.32 {d0[], d1[]}, [%[p0]]!\n"
      "vld1.8 {d4, d5, d6, d7}, [%[w]], %[step]\n"
      "vld1.8 {d8, d9, d10, d11}, [%[w]], %[step]\n"
      "subs %[pairs], %[pairs], #1\n"
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
      "2:\n"
      "cmp %[singles], #0\n"
      "beq 4f\n"
      "3:\n"
      "vld1.32 {d0[]}, [%[p0]]!\n"
      "vld1.8 {d4, d5, d6, d7}, [%[w]], %[step]\n"
      "subs %[singles], %[singles], #1\n"
      "vmull.s8 q6, d4, d0\n"
      "vmull.s8 q7, d5, d0\n"
      "vmull.s8 q8, d6, d0\n"
      "vmull.s8 q9, d7, d0\n"
      "vpadal.s16 %q[a0], q6\n"
      "vpadal.s16 %q[a1], q7\n"
      "vpadal.s16 %q[a2], q8\n"
      "vpadal.s16 %q[a3], q9\n"
      "bne 3b\n"
      "4:\n"
      : [a0] "+w"(acc[0][0]), [a1] "+w"(acc[0][1]), [a2] "+w"(acc[0][2]), [a3] "+w"(acc[0][3]),
        [p0] "+r"(p[0]), [w] "+r"(w), [pairs] "+r"(pairs), [singles] "+r"(singles)
      : [step] "r"(kBlockBytes)
      : "d0", "d1", "d4", "d5", "d6", "d7", "d8", "d9", "d10", "d11", "d12", "d13", "d14", "d15",
        "d16", "d17", "d18", "d19", "cc", "memory");
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
      add_half<0>(block, rows);
      add_half<1>(block, rows);
    }

    EDGERT_INLINE int32x4_t sum(int r, int i) const { return vld1q_s32(sums_[i][r]); }

    template <bool kResidual>
    EDGERT_INLINE void store(const Epilogue<int8_t>& epilogue, const float* scales,
                             const Outputs& outputs) const {
      store_sums<kResidual, R>(*this, epilogue, scales, outputs);
    }

   private:
    template <int kHalf>
    EDGERT_INLINE void add_half(const Block& block, const int8_t* const* rows) {
      Accumulators acc[R];
      const auto* bias = reinterpret_cast<const uint32_t*>(block.bias) + 8 * kHalf;
      EDGERT_UNROLL for (int i = 0; i < 4; ++i) {
        // Two biases, each in the first one of the sums that will be added.
        const uint32x2_t two = vld1_u32(bias + 2 * i);
        EDGERT_UNROLL for (int r = 0; r < R; ++r) acc[r][i] = vreinterpretq_s32_u64(vmovl_u32(two));
      }
      const int8_t* w = block.weights + 32 * kHalf;
      const int32_t k = block.run_bytes;
      int32_t run = block.runs;
      do {
        const int8_t* p[R];
        EDGERT_UNROLL for (int r = 0; r < R; ++r) p[r] = rows[r];
        if constexpr (kFullRange) {
          multiply(acc, p, w, 0, k >> 2);
        } else {
          multiply(acc, p, w, k >> 3, k >> 2 & 1);
        }
        rows += block.next_run;
      } while (--run > 0);
      EDGERT_UNROLL for (int r = 0; r < R; ++r) {
        EDGERT_UNROLL for (int i = 0; i < 2; ++i) {
          vst1q_s32(sums_[2 * kHalf + i][r], vpaddq_s32(acc[r][2 * i], acc[r][2 * i + 1]));
        }
      }
    }

    // In memory: the sums of half a block take all registers.
    int32_t sums_[4][R][4];
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
