#include <algorithm>

#include "kernels/conv/arm.h"
#include "kernels/conv/gemm_f32.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

constexpr int32_t kPixels = 4;

template <int Lane>
EDGERT_INLINE void fmla(float32x4_t& acc, float32x4_t w, float32x4_t x) {
  asm volatile("fmla %0.4s, %1.4s, %2.s[%3]" : "+w"(acc) : "w"(w), "w"(x), "i"(Lane));
}

// One weight of each of 16 channels, with lane `Lane` of x.
template <int Lane, int R>
EDGERT_INLINE void step(float32x4_t (&acc)[R][4], const float32x4_t (&x)[R], const float* w) {
  float32x4_t w0, w1, w2, w3;
  load_pair<64 * Lane>(w0, w1, w);
  load_pair<64 * Lane + 32>(w2, w3, w);
  EDGERT_UNROLL for (int r = 0; r < R; ++r) fmla<Lane>(acc[r][0], w0, x[r]);
  EDGERT_UNROLL for (int r = 0; r < R; ++r) fmla<Lane>(acc[r][1], w1, x[r]);
  EDGERT_UNROLL for (int r = 0; r < R; ++r) fmla<Lane>(acc[r][2], w2, x[r]);
  EDGERT_UNROLL for (int r = 0; r < R; ++r) fmla<Lane>(acc[r][3], w3, x[r]);
}

// Row i of run r is rows[r * args.pixels + i]; acc[R][16].
template <int R>
void multiply(const GemmF32Args& args, const float* const* rows, const float* w, float* acc) {
  float32x4_t sums[R][4];
  EDGERT_UNROLL for (int r = 0; r < R; ++r) {
    EDGERT_UNROLL for (int i = 0; i < 4; ++i) sums[r][i] = vdupq_n_f32(0.0f);
  }
  for (int32_t run = 0; run < args.runs; ++run, rows += args.pixels) {
    const float* p[R];
    EDGERT_UNROLL for (int r = 0; r < R; ++r) p[r] = rows[r];
    int32_t k = args.run_length;
    for (; k >= 4; k -= 4, w += 64) {
      float32x4_t x[R];
      EDGERT_UNROLL for (int r = 0; r < R; ++r) {
        x[r] = vld1q_f32(p[r]);
        p[r] += 4;
      }
      step<0>(sums, x, w);
      step<1>(sums, x, w);
      step<2>(sums, x, w);
      step<3>(sums, x, w);
    }
    for (; k > 0; --k, w += 16) {
      float32x4_t x[R];
      EDGERT_UNROLL for (int r = 0; r < R; ++r) x[r] = vld1q_dup_f32(p[r]++);
      step<0>(sums, x, w);
    }
  }
  EDGERT_UNROLL for (int r = 0; r < R; ++r) {
    EDGERT_UNROLL for (int i = 0; i < 4; ++i) vst1q_f32(acc + 16 * r + 4 * i, sums[r][i]);
  }
}

template <int R = kPixels>
EDGERT_INLINE void multiply_pixels(int32_t pixels, const GemmF32Args& args,
                                   const float* const* rows, const float* weights, float* acc) {
  if constexpr (R > 1) {
    if (pixels < R) return multiply_pixels<R - 1>(pixels, args, rows, weights, acc);
  }
  multiply<R>(args, rows, weights, acc);
}

void store_tile(const GemmF32Args& args, int32_t pixel, int32_t pixels, int32_t channel,
                const float* acc) {
  const Epilogue<float> epilogue(args);
  const float* bias = args.bias + channel;
  for (int32_t p = pixel; p < pixel + pixels; ++p, acc += 16) {
    float32x4_t t[4];
    EDGERT_UNROLL for (int i = 0; i < 4; ++i) {
      t[i] = vaddq_f32(vld1q_f32(acc + 4 * i), vld1q_f32(bias + 4 * i));
    }
    const auto* residual =
        args.residual == nullptr ? nullptr : static_cast<const float*>(args.residual[p]) + channel;
    epilogue.store(t, residual, static_cast<float*>(args.y[p]) + channel, args.channels - channel);
  }
}

// All pixels pass over one block of weights while it is in the first cache level.
void gemm_neon(const GemmF32Args& args) {
  alignas(16) float acc[kPixels * 16];
  const float* weights = args.weights;
  for (int32_t c = 0; c < args.channels; c += 16) {
    for (int32_t p = 0; p < args.pixels; p += kPixels) {
      const int32_t pixels = std::min(kPixels, args.pixels - p);
      multiply_pixels(pixels, args, args.rows + p, weights, acc);
      store_tile(args, p, pixels, c, acc);
    }
    weights += int64_t{args.runs} * args.run_length * 16;
  }
}

constexpr GemmF32 kOps{8, gemm_neon};
const Microkernel<GemmF32> registration{Isa::kNeon, kOps};

}  // namespace
}  // namespace edgert
