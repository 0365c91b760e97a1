// Up to 8 pixels by 16 channels: 16 sums, 8 inputs in the registers that lanes can be taken from, 4
// weights. Channels past the last whole block take 8 or 16 lanes.
//
// Where K is longer than a chain, what it has added up is moved to floats in memory.
#include <algorithm>

#include "kernels/conv/arm_f16.h"
#include "kernels/conv/gemm_f16.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

constexpr int32_t kPixels = 8;
constexpr int32_t kBlock = 16;  // channels of a packed block
constexpr int32_t kLanes = 8;
constexpr int32_t kChainSteps = kHalfChain / kLanes;

// The next eight values of a row, or the next one.
template <int Count>
EDGERT_INLINE void load_values(float16x8_t& x, const Half*& p) {
  if constexpr (Count == kLanes) {
    asm volatile("ldr %q0, [%1], #16"
                 : "=x"(x), "+r"(p)
                 : "m"(*reinterpret_cast<const Half(*)[kLanes]>(p)));
  } else {
    static_assert(Count == 1);
    asm volatile("ldr %h0, [%1], #2" : "=x"(x), "+r"(p) : "m"(*p));
  }
}

// Products of R pixels and V vectors of channels with Steps steps of K. Each load of weights is one
// step ahead of its use.
template <int R, int V, int Steps>
struct Products {
  using Weights = float16x8_t[V];
  static constexpr int kStepBytes = kBlock * int{sizeof(Half)};

  static EDGERT_INLINE void add(float16x8_t (&sums)[R][V], const Half* (&rows)[R], const Half*& w) {
    float16x8_t x[R];
    EDGERT_UNROLL for (int r = 0; r < R; ++r) { load_values<Steps>(x[r], rows[r]); }
    Weights weights[2];
    load_next<Steps * kBlock>(weights[0], w);
    step<0>(sums, x, weights, w);
  }

 private:
  template <int K>
  static EDGERT_INLINE void step(float16x8_t (&sums)[R][V], const float16x8_t (&x)[R],
                                 Weights (&weights)[2], const Half* w) {
    constexpr int kNext = K + 1;
    if constexpr (kNext < Steps) {
      load_also<(kNext - Steps) * kStepBytes>(weights[kNext % 2], w);
    }
    EDGERT_UNROLL for (int i = 0; i < V; ++i) {
      EDGERT_UNROLL for (int r = 0; r < R; ++r) fmla<K>(sums[r][i], weights[K % 2][i], x[r]);
    }
    if constexpr (kNext < Steps) step<kNext>(sums, x, weights, w);
  }
};

// Moves what a chain has added up to floats: [pixel][channel].
__attribute__((noinline)) void add_chain(float* totals, const float16x8_t* sums, int32_t vectors) {
  for (int32_t i = 0; i < vectors; ++i, totals += kLanes) {
    vst1q_f32(totals, vaddq_f32(vld1q_f32(totals), vcvt_f32_f16(vget_low_f16(sums[i]))));
    vst1q_f32(totals + 4, vaddq_f32(vld1q_f32(totals + 4), vcvt_high_f32_f16(sums[i])));
  }
}

template <int R, int V>
EDGERT_INLINE void copy(float16x8_t (&to)[R][V], const float16x8_t (&from)[R][V]) {
  EDGERT_UNROLL for (int r = 0; r < R; ++r) {
    EDGERT_UNROLL for (int i = 0; i < V; ++i) to[r][i] = from[r][i];
  }
}

template <int R, int V>
EDGERT_INLINE void set_all(float16x8_t (&sums)[R][V], float16x8_t value) {
  EDGERT_UNROLL for (int r = 0; r < R; ++r) {
    EDGERT_UNROLL for (int i = 0; i < V; ++i) sums[r][i] = value;
  }
}

// The next one starts from zero.
template <int R, int V>
EDGERT_INLINE void end_chain(float16x8_t (&sums)[R][V], float* totals) {
  float16x8_t chain[R][V];
  copy(chain, sums);
  add_chain(totals, chain[0], R * V);
  set_all(sums, vreinterpretq_f16_u16(vdupq_n_u16(0)));
}

// A block of channels, or what the last one has of it.
struct Block {
  int32_t channel;
  const Half* weights;
};

// Blocks that end inside a vector: one function for tiles of all sizes.
__attribute__((noinline)) void store_rest(const GemmF16Args& args, const float16x8_t* sums,
                                          int32_t vectors, int32_t channel, int32_t pixel,
                                          int32_t pixels) {
  const Clamp clamp(args);
  for (int32_t p = pixel; p < pixel + pixels; ++p, sums += vectors) {
    for (int32_t c = channel; c < args.channels; c += kLanes) {
      const int32_t n = args.channels - c;
      float16x8_t t = sums[(c - channel) / kLanes];
      if (args.residual != nullptr) {
        t = vaddq_f16(t, load_first(static_cast<const Half*>(args.residual[p]) + c, n));
      }
      store_first(static_cast<Half*>(args.y[p]) + c, clamp(t), n);
    }
  }
}

template <int V, int R>
EDGERT_INLINE void store_block(const GemmF16Args& args, float16x8_t (&sums)[R][V], int32_t channel,
                               int32_t pixel) {
  if (args.residual != nullptr) {
    EDGERT_UNROLL for (int r = 0; r < R; ++r) {
      float16x8_t residual[V];
      load_vectors(residual, static_cast<const Half*>(args.residual[pixel + r]) + channel);
      EDGERT_UNROLL for (int i = 0; i < V; ++i) sums[r][i] = vaddq_f16(sums[r][i], residual[i]);
    }
  }
  const Clamp clamp(args);
  void* const* y = args.y + pixel;
  EDGERT_UNROLL for (int r = 0; r < R; ++r) {
    EDGERT_UNROLL for (int i = 0; i < V; ++i) sums[r][i] = clamp(sums[r][i]);
    store_vectors(static_cast<Half*>(y[r]) + channel, sums[r]);
  }
}

// All products of a block; `totals`: nullptr where they are one chain.
template <int R, int V>
EDGERT_INLINE void multiply(const GemmF16Args& args, const Block& block, int32_t pixel,
                            float16x8_t (&sums)[R][V], float* totals) {
  const Half* w = block.weights;
  const Half* const* rows = args.rows + pixel;
  const auto length = static_cast<uint32_t>(args.run_length);
  uint32_t room = totals == nullptr ? UINT32_MAX : kChainSteps;  // steps until a chain ends
  for (int32_t run = 0; run < args.runs; ++run, rows += args.pixels) {
    const Half* x[R];
    EDGERT_UNROLL for (int r = 0; r < R; ++r) x[r] = rows[r];
    for (uint32_t left = length / kLanes; left > 0;) {
      uint32_t steps = left < room ? left : room;
      left -= steps;
      room -= steps;
      for (; steps > 0; --steps) Products<R, V, kLanes>::add(sums, x, w);
      if (room > 0) break;
      room = kChainSteps;
      end_chain(sums, totals);
    }
    if (length % kLanes == 0) continue;
    for (uint32_t n = length % kLanes; n > 0; --n) Products<R, V, 1>::add(sums, x, w);
    if (--room > 0) continue;
    room = kChainSteps;
    end_chain(sums, totals);
  }
}

template <int V, int R>
void compute(const GemmF16Args& args, const Block& block, int32_t pixel) {
  const float* const bias = args.bias + block.channel;
  float16x8_t sums[R][V];
  if (int64_t{args.runs} * args.run_length <= kHalfChain) {
    load_narrowed(sums[0], bias);
    EDGERT_UNROLL for (int r = 1; r < R; ++r) {
      EDGERT_UNROLL for (int i = 0; i < V; ++i) sums[r][i] = sums[0][i];
    }
    multiply(args, block, pixel, sums, nullptr);
  } else {
    float totals[R][V * kLanes];
    for (int r = 0; r < R; ++r) std::copy_n(bias, V * kLanes, totals[r]);
    set_all(sums, vreinterpretq_f16_u16(vdupq_n_u16(0)));
    multiply(args, block, pixel, sums, totals[0]);
    end_chain(sums, totals[0]);
    EDGERT_UNROLL for (int r = 0; r < R; ++r) load_narrowed(sums[r], totals[r]);
  }
  if (args.channels - block.channel >= kLanes * V) {
    return store_block<V, R>(args, sums, block.channel, pixel);
  }
  float16x8_t stored[R][V];
  copy(stored, sums);
  store_rest(args, stored[0], V, block.channel, pixel, R);
}

using Compute = void (*)(const GemmF16Args&, const Block&, int32_t pixel);
template <int V>
constexpr Compute kCompute[] = {compute<V, 1>, compute<V, 2>, compute<V, 3>, compute<V, 4>,
                                compute<V, 5>, compute<V, 6>, compute<V, 7>, compute<V, 8>};
static_assert(sizeof(kCompute<2>) / sizeof(Compute) == kPixels);

// All pixels pass over one block of weights while it is in the first cache level.
void gemm_fp16(const GemmF16Args& args) {
  // Two tiles of about the same size, rather than a large one and a single pixel.
  const int32_t first = args.pixels <= kPixels ? args.pixels : (args.pixels + 1) / 2;
  const int32_t second = args.pixels - first;
  Block block{0, args.weights};
  for (; block.channel < args.channels; block.channel += kBlock) {
    const int32_t channels = args.channels - block.channel;
    const Compute* const by_pixels = (channels > kLanes ? kCompute<2> : kCompute<1>)-1;
    by_pixels[first](args, block, 0);
    if (second > 0) by_pixels[second](args, block, first);
    block.weights += int64_t{args.runs} * args.run_length * kBlock;
  }
}

constexpr GemmF16 kOps{2 * kPixels, gemm_fp16};
const Microkernel<GemmF16> registration{Isa::kFp16, kOps};

}  // namespace
}  // namespace edgert
