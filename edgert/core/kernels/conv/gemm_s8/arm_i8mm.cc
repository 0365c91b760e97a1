#include "kernels/conv/arm64.h"
#include "kernels/conv/gemm_s8/arm.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

// Pixels and channels come in pairs: a vector of sums is {pixel 0: channels 0, 1; pixel 1: the
// same}, and a pair of pixels has 8 of them.
EDGERT_INLINE int32x4_t smmla(int32x4_t acc, int8x16_t x, int8x16_t w) {
  asm volatile("smmla %0.4s, %1.16b, %2.16b" : "+w"(acc) : "w"(x), "w"(w));
  return acc;
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

// Four channels: group `group` of the block.
template <int Pairs>
EDGERT_INLINE void step(int32x4_t (&acc)[Pairs][8], int group, const int8x16_t (&x)[Pairs],
                        int8x16_t w0, int8x16_t w1) {
  const int8x16_t low = zip_low(w0, w1);
  const int8x16_t high = zip_high(w0, w1);
  EDGERT_UNROLL for (int i = 0; i < Pairs; ++i) {
    acc[i][2 * group] = smmla(acc[i][2 * group], x[i], low);
  }
  EDGERT_UNROLL for (int i = 0; i < Pairs; ++i) {
    acc[i][2 * group + 1] = smmla(acc[i][2 * group + 1], x[i], high);
  }
}

// kBytes of both pixels, in the halves of a vector, each followed by zeros.
template <int kBytes>
EDGERT_INLINE int8x16_t load_both(const int8_t*& from0, const int8_t*& from1) {
  int8x16_t v = load<kBytes>(from0);
  const int8_t* p = from1;
  const auto& bytes = *reinterpret_cast<const uint8_t(*)[kBytes]>(p);
  if constexpr (kBytes == 8) {
    asm volatile("ld1 {%0.d}[1], [%1], #8" : "+w"(v), "+r"(p) : "m"(bytes));
  } else {
    static_assert(kBytes == 4);
    asm volatile("ld1 {%0.s}[2], [%1], #4" : "+w"(v), "+r"(p) : "m"(bytes));
  }
  from1 = p;
  return v;
}

template <int Pairs>
EDGERT_INLINE void multiply_run(int32x4_t (&acc)[Pairs][8], const int8_t* (&p)[2 * Pairs],
                                int32_t k, const int8_t*& w) {
  int8x16_t x[Pairs], a0, a1, b0, b1;
  for (int32_t n = k >> 3; n > 0; --n, w += 128) {
    EDGERT_UNROLL for (int i = 0; i < Pairs; ++i) x[i] = load_both<8>(p[2 * i], p[2 * i + 1]);
    load_pair<0>(a0, a1, w);
    load_pair<64>(b0, b1, w);
    step(acc, 0, x, a0, b0);
    step(acc, 1, x, a1, b1);
    load_pair<32>(a0, a1, w);
    load_pair<96>(b0, b1, w);
    step(acc, 2, x, a0, b0);
    step(acc, 3, x, a1, b1);
  }
  if ((k & 4) == 0) return;
  EDGERT_UNROLL for (int i = 0; i < Pairs; ++i) x[i] = load_both<4>(p[2 * i], p[2 * i + 1]);
  load_pair<0>(a0, a1, w);
  load_pair<32>(b0, b1, w);
  step(acc, 0, x, a0, a0);
  step(acc, 1, x, a1, a1);
  step(acc, 2, x, b0, b0);
  step(acc, 3, x, b1, b1);
  w += 64;
}

// Of weights that are arranged as products take them: 8 K of two channels in each vector.
template <int Pairs>
EDGERT_INLINE void arranged_step(int32x4_t (&acc)[Pairs][8], int half, const int8x16_t (&x)[Pairs],
                                 const int8_t*& weights) {
  register int8x16_t w0 asm("v28"), w1 asm("v29"), w2 asm("v30"), w3 asm("v31");
  const int8_t* w = weights;
  asm volatile("ld1 {v28.16b-v31.16b}, [%4], #64"
               : "=w"(w0), "=w"(w1), "=w"(w2), "=w"(w3), "+r"(w)
               : "m"(*reinterpret_cast<const uint8_t(*)[64]>(w)));
  weights = w;
  const int j = 4 * half;
  EDGERT_UNROLL for (int i = 0; i < Pairs; ++i) acc[i][j] = smmla(acc[i][j], x[i], w0);
  EDGERT_UNROLL for (int i = 0; i < Pairs; ++i) acc[i][j + 1] = smmla(acc[i][j + 1], x[i], w1);
  EDGERT_UNROLL for (int i = 0; i < Pairs; ++i) acc[i][j + 2] = smmla(acc[i][j + 2], x[i], w2);
  EDGERT_UNROLL for (int i = 0; i < Pairs; ++i) acc[i][j + 3] = smmla(acc[i][j + 3], x[i], w3);
}

template <int Pairs>
EDGERT_INLINE void multiply_arranged_run(int32x4_t (&acc)[Pairs][8], const int8_t* (&p)[2 * Pairs],
                                         int32_t k, const int8_t*& w) {
  int8x16_t x[Pairs];
  for (int32_t n = k >> 3; n > 0; --n) {
    EDGERT_UNROLL for (int i = 0; i < Pairs; ++i) x[i] = load_both<8>(p[2 * i], p[2 * i + 1]);
    arranged_step(acc, 0, x, w);
    arranged_step(acc, 1, x, w);
  }
  if ((k & 4) == 0) return;
  EDGERT_UNROLL for (int i = 0; i < Pairs; ++i) x[i] = load_both<4>(p[2 * i], p[2 * i + 1]);
  arranged_step(acc, 0, x, w);
  arranged_step(acc, 1, x, w);
}

// Arranges the weights of a block once for all pixels of a call, where that pays and they fit.
class ArrangedWeights {
 public:
  explicit ArrangedWeights(const GemmS8Args& args)
      : enabled_(args.pixels >= kLeastPixels &&
                 int64_t{args.runs} * ((args.run_bytes + 7) / 8) * kStepBytes <= kCapacity) {}

  EDGERT_INLINE void arrange(Block& block) {
    if (!enabled_) return;
    const int8_t* w = block.weights;
    int8_t* out = buffer_;
    for (int32_t run = 0; run < block.runs; ++run) {
      for (int32_t n = block.run_bytes >> 3; n > 0; --n, w += kStepBytes, out += kStepBytes) {
        zip_blocks(w, w + kStepBytes / 2, out);
      }
      if ((block.run_bytes & 4) == 0) continue;
      zip_blocks(w, w, out);  // the second 4 K meet zeros
      w += kStepBytes / 2;
      out += kStepBytes;
    }
    block.weights = buffer_;
    block.arranged = true;
  }

 private:
  static constexpr int32_t kLeastPixels = 12;      // two groups
  static constexpr int64_t kStepBytes = 8 * 16;    // 8 K of 16 channels
  static constexpr int64_t kCapacity = 36 * 1024;  // a 3x3 kernel over 256 channels; on the stack

  static EDGERT_INLINE void zip_blocks(const int8_t* w0, const int8_t* w1, int8_t* out) {
    EDGERT_UNROLL for (int i = 0; i < 4; ++i) {
      const int8x16_t a = vld1q_s8(w0 + 16 * i), b = vld1q_s8(w1 + 16 * i);
      vst1q_s8(out + 32 * i, zip_low(a, b));
      vst1q_s8(out + 32 * i + 16, zip_high(a, b));
    }
  }

  const bool enabled_;
  alignas(64) int8_t buffer_[kCapacity];
};

// The next two channels, twice: what sums are added to or multiplied by.
template <typename Vector, typename T>
EDGERT_INLINE Vector load_twice(const T*& from) {
  const T* p = from;
  Vector v;
  asm volatile("ld1r {%0.2d}, [%1], #8"
               : "=w"(v), "+r"(p)
               : "m"(*reinterpret_cast<const uint8_t(*)[8]>(p)));
  from = p;
  return v;
}

// Keeps what is computed from v behind the stores before: everything at once would not fit the
// registers.
EDGERT_INLINE int32x4_t after_stores(int32x4_t v) {
  asm volatile("" : "+w"(v) : : "memory");
  return v;
}

struct I8mm {
  static constexpr int32_t kPixels = 6;
  using Weights = ArrangedWeights;

  // The last pixel of an odd number is computed twice.
  template <int R>
  class Sums {
   public:
    EDGERT_INLINE Sums(const Block& block, const int8_t* const* rows) {
      const int32_t* biases = block.bias;
      EDGERT_UNROLL for (int j = 0; j < 8; ++j) {
        const auto bias = load_twice<int32x4_t>(biases);
        EDGERT_UNROLL for (int i = 0; i < kPairs; ++i) acc_[i][j] = bias;
      }
      const int8_t* w = block.weights;
      int32_t run = block.runs;
      do {
        const int8_t* p[2 * kPairs];
        EDGERT_UNROLL for (int r = 0; r < 2 * kPairs; ++r) p[r] = rows[r < R ? r : R - 1];
        if (block.arranged) {
          multiply_arranged_run(acc_, p, block.run_bytes, w);
        } else {
          multiply_run(acc_, p, block.run_bytes, w);
        }
        rows += block.next_run;
      } while (--run > 0);
    }

    EDGERT_INLINE int32x4_t sum(int r, int i) const {
      const int64x2_t low = vreinterpretq_s64_s32(acc_[r / 2][2 * i]);
      const int64x2_t high = vreinterpretq_s64_s32(acc_[r / 2][2 * i + 1]);
      return vreinterpretq_s32_s64(r % 2 == 0 ? vzip1q_s64(low, high) : vzip2q_s64(low, high));
    }

    // Pixels are taken apart when they are bytes.
    template <bool kResidual>
    EDGERT_INLINE void store(const Epilogue<int8_t>& epilogue, const float* scales,
                             const Outputs& outputs) const {
      static_assert(R % 2 == 0);
      float32x4_t scale[8];
      EDGERT_UNROLL for (int j = 0; j < 8; ++j) scale[j] = load_twice<float32x4_t>(scales);
      EDGERT_UNROLL for (int i = 0; i < kPairs; ++i) {
        int16x8_t residual[2] = {}, y[2];
        if constexpr (kResidual) {
          const int16x8_t first = load_residual(outputs, 2 * i);
          const int16x8_t second = load_residual(outputs, 2 * i + 1);
          residual[0] = vzip1q_s16(first, second);
          residual[1] = vzip2q_s16(first, second);
        }
        EDGERT_UNROLL for (int half = 0; half < 2; ++half) {
          float32x4_t t[4];
          EDGERT_UNROLL for (int j = 0; j < 4; ++j) {
            const int32x4_t acc = after_stores(acc_[i][4 * half + j]);
            t[j] = vmulq_f32(vcvtq_f32_s32(acc), scale[4 * half + j]);
          }
          if constexpr (kResidual) epilogue.add(t, vreinterpretq_s8_s16(residual[half]));
          y[half] = vreinterpretq_s16_s8(epilogue.quantize(t));
        }
        store_pixel(outputs, 2 * i, vuzp1q_s16(y[0], y[1]));
        store_pixel(outputs, 2 * i + 1, vuzp2q_s16(y[0], y[1]));
      }
    }

   private:
    static constexpr int kPairs = (R + 1) / 2;

    static EDGERT_INLINE int16x8_t load_residual(const Outputs& outputs, int r) {
      const auto* residual = static_cast<const int8_t*>(outputs.residual[r]);
      return vreinterpretq_s16_s8(vld1q_s8(residual + outputs.residual_channel));
    }
    static EDGERT_INLINE void store_pixel(const Outputs& outputs, int r, int16x8_t y) {
      vst1q_s8(static_cast<int8_t*>(outputs.y[r]) + outputs.y_channel, vreinterpretq_s8_s16(y));
    }

    int32x4_t acc_[kPairs][8];
  };
};

constexpr GemmS8 kOps{48, I8mm::kPixels, gemm<I8mm, int8_t>, gemm<I8mm, float>};
const Microkernel<GemmS8> registration{Isa::kI8mm, kOps};

}  // namespace
}  // namespace edgert
