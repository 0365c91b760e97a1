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

template <int P, int N>
EDGERT_INLINE void compute_f32(const GemmF32Args& args, int32_t channel) {
  using F = Floats::F;
  constexpr int kWidth = Floats::kWidth;
  F acc[P][N];
  EDGERT_UNROLL for (int p = 0; p < P; ++p) {
    EDGERT_UNROLL for (int n = 0; n < N; ++n) acc[p][n] = Floats::zero();
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
  const F low = Floats::all(args.act_min), high = Floats::all(args.act_max);
  EDGERT_UNROLL for (int n = 0; n < N; ++n) {
    const int32_t c = channel + n * kWidth;
    const int32_t count = args.channels - c;
    const F bias = Floats::load(args.bias + c);
    EDGERT_UNROLL for (int p = 0; p < P; ++p) {
      F t = Floats::add(acc[p][n], bias);
      if (args.residual != nullptr && count > 0) {
        const float* residual = static_cast<const float*>(args.residual[p]) + c;
        t = Floats::add(t, Floats::load_first(residual, count));
      }
      if (count > 0) {
        Floats::store_first(static_cast<float*>(args.y[p]) + c, Floats::clamp(t, low, high), count);
      }
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
