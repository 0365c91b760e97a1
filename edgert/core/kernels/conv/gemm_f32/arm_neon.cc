// Up to 5 pixels by 16 channels: 20 sums, 5 inputs, 4 weights. Channels past the last whole block
// take 4, 8 or 16 lanes.
#include <algorithm>

#include "kernels/conv/arm_f32.h"
#include "kernels/conv/gemm_f32.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

constexpr int32_t kPixels = 5;
constexpr int32_t kBlock = 16;  // channels of a packed block

// The next four values of a row, or the next one.
template <int Count>
EDGERT_INLINE void load_values(float32x4_t& x, const float*& p) {
  if constexpr (Count == 4) {
    asm volatile("ldr %q0, [%1], #16"
                 : "=w"(x), "+r"(p)
                 : "m"(*reinterpret_cast<const float(*)[4]>(p)));
  } else {
    static_assert(Count == 1);
    asm volatile("ldr %s0, [%1], #4" : "=w"(x), "+r"(p) : "m"(*p));
  }
}

// Products of R pixels and V vectors of channels with Lanes steps of K. Each load of weights is
// one group of multiplications ahead of its use.
template <int R, int V, int Lanes>
struct Products {
  static constexpr int kLoaded = V < 2 ? 1 : 2;  // vectors that are loaded together
  static constexpr int kGroups = V / kLoaded;    // in one step of K
  static constexpr int kBytes = Lanes * kBlock * int{sizeof(float)};
  using Weights = float32x4_t[kLoaded];

  static EDGERT_INLINE void add(float32x4_t (&sums)[R][V], const float* (&rows)[R],
                                const float*& w) {
    float32x4_t x[R];
    EDGERT_UNROLL for (int r = 0; r < R; ++r) { load_values<Lanes>(x[r], rows[r]); }
    Weights weights[2];
    load_next<Lanes * kBlock>(weights[0], w);
    group<0>(sums, x, weights, w);
  }

 private:
  template <int G>
  static EDGERT_INLINE void group(float32x4_t (&sums)[R][V], const float32x4_t (&x)[R],
                                  Weights (&weights)[2], const float* w) {
    constexpr int kNext = G + 1;
    if constexpr (kNext < kGroups * Lanes) {
      constexpr int kOffset =
          kNext / kGroups * kBlock * int{sizeof(float)} + kNext % kGroups * kLoaded * 16;
      load_also<kOffset - kBytes>(weights[kNext % 2], w);
    }
    EDGERT_UNROLL for (int i = 0; i < kLoaded; ++i) {
      EDGERT_UNROLL for (int r = 0; r < R; ++r) {
        fmla<G / kGroups>(sums[r][G % kGroups * kLoaded + i], weights[G % 2][i], x[r]);
      }
    }
    if constexpr (kNext < kGroups * Lanes) group<kNext>(sums, x, weights, w);
  }
};

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

template <int V, int R>
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
template <int V>
constexpr Compute kCompute[] = {compute<V, 1>, compute<V, 2>, compute<V, 3>, compute<V, 4>,
                                compute<V, 5>};
static_assert(sizeof(kCompute<4>) / sizeof(Compute) == kPixels);

// All pixels pass over one block of weights while it is in the first cache level.
void gemm_neon(const GemmF32Args& args) {
  // Two tiles of about the same size, rather than a large one and a single pixel.
  const int32_t first = args.pixels <= kPixels ? args.pixels : (args.pixels + 1) / 2;
  const int32_t second = args.pixels - first;
  Block block{0, args.weights};
  for (; block.channel < args.channels; block.channel += kBlock) {
    const int32_t channels = args.channels - block.channel;
    const Compute* const by_pixels = (channels > 8   ? kCompute<4>
                                      : channels > 4 ? kCompute<2>
                                                     : kCompute<1>)-1;
    by_pixels[first](args, block, 0);
    if (second > 0) by_pixels[second](args, block, first);
    block.weights += int64_t{args.runs} * args.run_length * kBlock;
  }
}

constexpr GemmF32 kOps{2 * kPixels, gemm_neon};
const Microkernel<GemmF32> registration{Isa::kNeon, kOps};

}  // namespace
}  // namespace edgert
