// What the ARM variants of gemm_f32 share around their products.
#ifndef EDGERT_KERNELS_CONV_GEMM_F32_ARM_H_
#define EDGERT_KERNELS_CONV_GEMM_F32_ARM_H_

#include <algorithm>

#include "kernels/conv/arm_f32.h"
#include "kernels/conv/gemm_f32.h"

namespace edgert {
namespace {

constexpr int32_t kBlock = 16;  // channels of a packed block

// A block of channels, or what the last one has of it.
struct Block {
  int32_t channel;
  const float* weights;
};

// Blocks that end inside a vector: one function for tiles of all sizes.
__attribute__((noinline)) void store_rest(const GemmF32Args& args, const float32x4_t* sums,
                                          int32_t vectors, int32_t channel, int32_t pixel,
                                          int32_t pixels) {
  const Clamp clamp(args);
  for (int32_t p = pixel; p < pixel + pixels; ++p, sums += vectors) {
    for (int32_t c = channel; c < args.channels; c += 4) {
      const int32_t n = args.channels - c;
      float32x4_t t = sums[(c - channel) / 4];
      if (args.residual != nullptr) {
        t = vaddq_f32(t, load_first(static_cast<const float*>(args.residual[p]) + c, n));
      }
      store_first(static_cast<float*>(args.y[p]) + c, clamp(t), n);
    }
  }
}

// R pixels by V vectors of channels. Products<R, V, Count>::add adds the products of the next Count
// values of each row.
template <template <int, int, int> class Products, int V, int R>
void compute(const GemmF32Args& args, const Block& block, int32_t pixel) {
  const int32_t channel = block.channel;
  float32x4_t sums[R][V];
  load_vectors(sums[0], args.bias + channel);
  EDGERT_UNROLL for (int r = 1; r < R; ++r) {
    EDGERT_UNROLL for (int i = 0; i < V; ++i) sums[r][i] = sums[0][i];
  }
  const float* w = block.weights;
  const float* const* rows = args.rows + pixel;
  const auto length = static_cast<uint32_t>(args.run_length);
  for (int32_t run = 0; run < args.runs; ++run, rows += args.pixels) {
    const float* x[R];
    EDGERT_UNROLL for (int r = 0; r < R; ++r) x[r] = rows[r];
    for (uint32_t n = length / 4; n > 0; --n) Products<R, V, 4>::add(sums, x, w);
    for (uint32_t n = length % 4; n > 0; --n) Products<R, V, 1>::add(sums, x, w);
  }
  if (args.channels - channel < 4 * V) {
    float32x4_t stored[R][V];
    EDGERT_UNROLL for (int r = 0; r < R; ++r) {
      EDGERT_UNROLL for (int i = 0; i < V; ++i) stored[r][i] = sums[r][i];
    }
    return store_rest(args, stored[0], V, channel, pixel, R);
  }
  if (args.residual != nullptr) {
    EDGERT_UNROLL for (int r = 0; r < R; ++r) {
      float32x4_t residual[V];
      load_vectors(residual, static_cast<const float*>(args.residual[pixel + r]) + channel);
      EDGERT_UNROLL for (int i = 0; i < V; ++i) sums[r][i] = vaddq_f32(sums[r][i], residual[i]);
    }
  }
  const Clamp clamp(args);
  void* const* y = args.y + pixel;
  EDGERT_UNROLL for (int r = 0; r < R; ++r) {
    EDGERT_UNROLL for (int i = 0; i < V; ++i) sums[r][i] = clamp(sums[r][i]);
    store_vectors(static_cast<float*>(y[r]) + channel, sums[r]);
  }
}

using Compute = void (*)(const GemmF32Args&, const Block&, int32_t pixel);

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_GEMM_F32_ARM_H_
