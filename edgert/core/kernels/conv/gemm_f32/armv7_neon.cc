// Up to 4 pixels by 8 channels: 8 sums, 4 inputs, 2 weights. Channels past the last whole 8 take 4
// or 8 lanes.
#include <cstddef>

#include "kernels/conv/gemm_f32/arm.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

constexpr int32_t kPixels = 4;
constexpr int32_t kChannels = 8;

// The next four values of a row, or the next one.
template <int Count>
EDGERT_INLINE void load_values(float32x4_t& x, const float*& p) {
  if constexpr (Count == 4) {
    asm volatile("vld1.32 {%e0, %f0}, [%1]!"
                 : "=w"(x), "+r"(p)
                 : "m"(*reinterpret_cast<const float(*)[4]>(p)));
  } else {
    static_assert(Count == 1);
    asm volatile("vld1.32 {%e0[]}, [%1]!" : "=w"(x), "+r"(p) : "m"(*p));
  }
}

// A vector of weights, `step` bytes behind which is the next one.
EDGERT_INLINE void load_weights(float32x4_t& weights, const float*& w, int32_t step) {
  asm volatile("vld1.32 {%e0, %f0}, [%1], %2"
               : "=w"(weights), "+r"(w)
               : "r"(step), "m"(*reinterpret_cast<const float(*)[4]>(w)));
}

// Products of R pixels and V vectors of channels with Count steps of K. Weights of the next step
// are loaded when those of this one have been used.
template <int R, int V, int Count>
struct Products {
  static constexpr int32_t kVectorBytes = 16, kStepBytes = kBlock * int32_t{sizeof(float)};

  static EDGERT_INLINE void add(float32x4_t (&sums)[R][V], const float* (&rows)[R],
                                const float*& w) {
    float32x4_t x[R], weights[V];
    EDGERT_UNROLL for (int i = 0; i < V; ++i) load_next(weights, i, w);
    EDGERT_UNROLL for (int r = 0; r < R; ++r) load_values<Count>(x[r], rows[r]);
    step<0>(sums, x, weights, w);
  }

 private:
  static EDGERT_INLINE void load_next(float32x4_t (&weights)[V], int i, const float*& w) {
    load_weights(weights[i], w, i < V - 1 ? kVectorBytes : kStepBytes - (V - 1) * kVectorBytes);
  }

  template <int Lane>
  static EDGERT_INLINE void step(float32x4_t (&sums)[R][V], const float32x4_t (&x)[R],
                                 float32x4_t (&weights)[V], const float*& w) {
    EDGERT_UNROLL for (int i = 0; i < V; ++i) {
      EDGERT_UNROLL for (int r = 0; r < R; ++r) fmla<Lane>(sums[r][i], weights[i], x[r]);
      if constexpr (Lane + 1 < Count) load_next(weights, i, w);
    }
    if constexpr (Lane + 1 < Count) step<Lane + 1>(sums, x, weights, w);
  }
};

template <int V>
constexpr Compute kCompute[] = {compute<Products, V, 1>, compute<Products, V, 2>,
                                compute<Products, V, 3>, compute<Products, V, 4>};
static_assert(sizeof(kCompute<2>) / sizeof(Compute) == kPixels);

// All pixels pass over one half of a block of weights while it is in the first cache level.
void gemm_neon(const GemmF32Args& args) {
  const int32_t first = std::min(args.pixels, kPixels);
  const int32_t second = args.pixels - first;
  const ptrdiff_t block_size = ptrdiff_t{args.runs} * args.run_length * kBlock;
  for (int32_t c = 0; c < args.channels; c += kChannels) {
    const Block block{c, args.weights + c / kBlock * block_size + c % kBlock};
    const Compute* const by_pixels = (args.channels - c > 4 ? kCompute<2> : kCompute<1>)-1;
    by_pixels[first](args, block, 0);
    if (second > 0) by_pixels[second](args, block, first);
  }
}

constexpr GemmF32 kOps{2 * kPixels, gemm_neon, /*fuses=*/false};
const Microkernel<GemmF32> registration{Isa::kNeon, kOps};

}  // namespace
}  // namespace edgert
