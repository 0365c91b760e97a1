// Up to 5 pixels by 16 channels: 20 sums, 5 inputs, 4 weights. Channels past the last whole block
// take 4, 8 or 16 lanes.
#include "kernels/conv/gemm_f32/arm.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

constexpr int32_t kPixels = 5;

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

template <int V>
constexpr Compute kCompute[] = {compute<Products, V, 1>, compute<Products, V, 2>,
                                compute<Products, V, 3>, compute<Products, V, 4>,
                                compute<Products, V, 5>};
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
