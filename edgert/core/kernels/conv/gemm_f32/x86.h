// gemm_f32 for x86: kMr pixels by kVectors vectors of channels.
#ifndef EDGERT_KERNELS_CONV_GEMM_F32_X86_H_
#define EDGERT_KERNELS_CONV_GEMM_F32_X86_H_

#include "kernels/conv/gemm_f32.h"
#include "kernels/conv/x86_f32.h"

namespace edgert {
namespace {

constexpr int kBlock = 16;  // channels of a packed block

// Weights of the vector of channels from `channel` on, at K = 0; the next K is kBlock floats
// further.
EDGERT_INLINE const float* weights_of(const GemmF32Args& args, int64_t channel) {
  const int64_t k = int64_t{args.runs} * args.run_length;
  return args.weights + channel / kBlock * kBlock * k + channel % kBlock;
}

// Residuals and the last channels, in one loop for all tile sizes: `sums` are [pixels][vectors],
// from `channel` on.
__attribute__((noinline)) void store_sums(const GemmF32Args& args, const Floats::F* sums,
                                          int pixels, int vectors, int32_t channel) {
  const Floats::F low = Floats::all(args.act_min), high = Floats::all(args.act_max);
  for (int p = 0; p < pixels; ++p) {
    for (int n = 0; n < vectors; ++n) {
      const int32_t c = channel + n * Floats::kWidth;
      const int32_t count = args.channels - c;
      if (count <= 0) break;
      Floats::F t = sums[p * vectors + n];
      if (args.residual != nullptr) {
        const float* residual = static_cast<const float*>(args.residual[p]) + c;
        t = Floats::add(t, Floats::load_first(residual, count));
      }
      Floats::store_first(static_cast<float*>(args.y[p]) + c, Floats::clamp(t, low, high), count);
    }
  }
}

template <int P, int N>
EDGERT_INLINE void compute_f32(const GemmF32Args& args, int32_t channel) {
  using F = Floats::F;
  constexpr int kWidth = Floats::kWidth;
  F acc[P][N];
  EDGERT_UNROLL for (int n = 0; n < N; ++n) {
    const F bias = Floats::load(args.bias + channel + n * kWidth);
    EDGERT_UNROLL for (int p = 0; p < P; ++p) acc[p][n] = bias;
  }
  const float* w = weights_of(args, channel);
  int64_t next[N];  // from vector 0 to vector n
  EDGERT_UNROLL for (int n = 0; n < N; ++n) next[n] = weights_of(args, channel + n * kWidth) - w;
  const float* const* rows = args.rows;
  for (int32_t r = 0; r < args.runs; ++r, rows += P) {
    const float* x[P];
    EDGERT_UNROLL for (int p = 0; p < P; ++p) x[p] = rows[p];
    for (int64_t i = 0; i < args.run_length; ++i, w += kBlock) {
      F weights[N];
      EDGERT_UNROLL for (int n = 0; n < N; ++n) weights[n] = Floats::load(w + next[n]);
      EDGERT_UNROLL for (int p = 0; p < P; ++p) {
        const F a = Floats::all(x[p][i]);
        EDGERT_UNROLL for (int n = 0; n < N; ++n) acc[p][n] = Floats::fma(a, weights[n], acc[p][n]);
      }
    }
  }
  if (args.residual != nullptr || args.channels - channel < N * kWidth) {
    F sums[P][N];
    EDGERT_UNROLL for (int p = 0; p < P; ++p) {
      EDGERT_UNROLL for (int n = 0; n < N; ++n) sums[p][n] = acc[p][n];
    }
    return store_sums(args, sums[0], P, N, channel);
  }
  const F low = Floats::all(args.act_min), high = Floats::all(args.act_max);
  EDGERT_UNROLL for (int p = 0; p < P; ++p) {
    float* y = static_cast<float*>(args.y[p]) + channel;
    EDGERT_UNROLL for (int n = 0; n < N; ++n) {
      Floats::store(y + n * kWidth, Floats::clamp(acc[p][n], low, high));
    }
  }
}

// N vectors at a time; N * kWidth is a multiple of kBlock.
template <int P, int N>
void gemm_f32_pixels(const GemmF32Args& args) {
  constexpr int kOne = kBlock / Floats::kWidth;  // vectors in a block
  const int32_t padded = (args.channels + kBlock - 1) / kBlock * kBlock;
  int32_t c = 0;
  for (; c + N * Floats::kWidth <= padded; c += N * Floats::kWidth) compute_f32<P, N>(args, c);
  for (; c < padded; c += kBlock) compute_f32<P, kOne>(args, c);
}

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_GEMM_F32_X86_H_
