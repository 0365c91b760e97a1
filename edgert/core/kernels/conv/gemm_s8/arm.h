// The loops around the products that the ARM variants of gemm_s8 share.
#ifndef EDGERT_KERNELS_CONV_GEMM_S8_ARM_H_
#define EDGERT_KERNELS_CONV_GEMM_S8_ARM_H_

#include <algorithm>
#include <type_traits>

#include "kernels/conv/arm.h"
#include "kernels/conv/gemm_s8.h"

// For what would cost the loops around it their registers.
#define EDGERT_OUTLINE __attribute__((noinline))

namespace edgert {
namespace {

// 16 output channels from `channel` on, and what of the arguments their sums are made from.
struct Block {
  const int8_t* weights;
  const int32_t* bias;
  const float* scale;
  int32_t channel;
  int32_t runs;
  int32_t run_bytes;
  int64_t next_run;       // from the rows of a run to those of the next
  bool arranged = false;  // weights are in an order that the instruction set likes better

  EDGERT_INLINE Block(const GemmS8Args& args, int32_t first_channel, const int8_t* block_weights)
      : weights(block_weights),
        bias(args.bias + first_channel),
        scale(args.scale + first_channel),
        channel(first_channel),
        runs(args.runs),
        run_bytes(args.run_bytes),
        next_run(args.pixels) {}
};

// Where 16 channels of some pixels go, and what is added to them; from channel `channel` on.
struct Outputs {
  void* const* y;
  int64_t y_channel;
  const void* const* residual;
  int64_t residual_channel;
};

// Sums that lie pixel by pixel.
template <bool kResidual, int R>
EDGERT_INLINE void store_pixels(const int32x4_t (&acc)[R][4], const Epilogue<int8_t>& epilogue,
                                const float* scales, const Outputs& outputs) {
  float32x4_t scale[4];
  EDGERT_UNROLL for (int i = 0; i < 4; ++i) scale[i] = vld1q_f32(scales + 4 * i);
  EDGERT_UNROLL for (int r = 0; r < R; ++r) {
    float32x4_t t[4];
    EDGERT_UNROLL for (int i = 0; i < 4; ++i) t[i] = vmulq_f32(vcvtq_f32_s32(acc[r][i]), scale[i]);
    if constexpr (kResidual) {
      const auto* residual = static_cast<const int8_t*>(outputs.residual[r]);
      epilogue.add(t, vld1q_s8(residual + outputs.residual_channel));
    }
    vst1q_s8(static_cast<int8_t*>(outputs.y[r]) + outputs.y_channel, epilogue.quantize(t));
  }
}

// The same for R pixels of a class Sums (below) that does not have them as vectors of channels.
template <bool kResidual, int R, typename Sums>
EDGERT_INLINE void store_sums(const Sums& from, const Epilogue<int8_t>& epilogue,
                              const float* scales, const Outputs& outputs) {
  int32x4_t sums[R][4];
  EDGERT_UNROLL for (int r = 0; r < R; ++r) {
    EDGERT_UNROLL for (int i = 0; i < 4; ++i) sums[r][i] = from.sum(r, i);
  }
  store_pixels<kResidual>(sums, epilogue, scales, outputs);
}

// What an instruction set gives:
//   static constexpr int32_t kPixels: so many are computed at once
//   class Weights: gives the blocks of a call their weights
//     Weights(const GemmS8Args&)
//     void arrange(Block&): may put the block's weights into another order, until the next call
//   template <int R> class Sums: biases and products of a block, for R <= kPixels pixels
//     Sums(const Block&, const int8_t* const* rows): runs of pixel r are rows[r],
//       rows[r + block.next_run] ...
//     int32x4_t sum(int r, int i): of pixel r, channels 4 * i to 4 * i + 3
//     template <bool kResidual> void store(const Epilogue<int8_t>&, const float* scale,
//                                          const Outputs&): finishes them

// Weights that are taken as they are.
struct WeightsInPlace {
  explicit WeightsInPlace(const GemmS8Args&) {}
  EDGERT_INLINE void arrange(Block&) const {}
};

// ---- the general case: sums go through memory ----

template <typename T>
EDGERT_OUTLINE void finish(const GemmS8Args& args, int32_t pixel, int32_t pixels, int32_t channel,
                           const int32_t* sums) {
  Epilogue<T> epilogue(args);
  const int32_t channels = args.channels - channel;
  for (int32_t p = pixel; p < pixel + pixels; ++p, sums += 16) {
    const int32x4_t bias = vdupq_n_s32(args.pixel_bias == nullptr ? 0 : args.pixel_bias[p]);
    float32x4_t t[4];
    EDGERT_UNROLL for (int i = 0; i < 4; ++i) {
      const int32x4_t sum = vaddq_s32(vld1q_s32(sums + 4 * i), bias);
      t[i] = vmulq_f32(vcvtq_f32_s32(sum), vld1q_f32(args.scale + channel + 4 * i));
    }
    if (args.post_bias != nullptr) {
      EDGERT_UNROLL for (int i = 0; i < 4; ++i) {
        t[i] = vaddq_f32(t[i], vld1q_f32(args.post_bias + channel + 4 * i));
      }
    }
    const T* residual =
        args.residual == nullptr ? nullptr : static_cast<const T*>(args.residual[p]) + channel;
    epilogue.store(t, residual, static_cast<T*>(args.y[p]) + channel, channels);
  }
}

template <typename Products, int R>
EDGERT_OUTLINE void multiply(const Block& block, const int8_t* const* rows, int32_t pixels,
                             int32_t* sums) {
  if constexpr (R > 1) {
    if (pixels < R) return multiply<Products, R - 1>(block, rows, pixels, sums);
  }
  typename Products::template Sums<R> products(block, rows);
  EDGERT_UNROLL for (int r = 0; r < R; ++r) {
    EDGERT_UNROLL for (int i = 0; i < 4; ++i) {
      vst1q_s32(sums + 16 * r + 4 * i, products.sum(r, i));
    }
  }
}

// From `pixel` on.
template <typename Products, typename T>
void compute(const GemmS8Args& args, const Block& block, int32_t pixel) {
  constexpr int R = Products::kPixels;
  alignas(16) int32_t sums[R * 16];
  for (; pixel < args.pixels; pixel += R) {
    const int32_t pixels = std::min(R, args.pixels - pixel);
    multiply<Products, R>(block, args.rows + pixel, pixels, sums);
    finish<T>(args, pixel, pixels, block.channel, sums);
  }
}

// ---- whole groups of pixels with int8 outputs: sums stay in registers ----

EDGERT_OUTLINE void copy_part(const int8_t* from, void* const* to, int64_t offset, int32_t pixels,
                              int32_t channels) {
  for (int32_t r = 0; r < pixels; ++r) {
    store_part(static_cast<int8_t*>(to[r]) + offset, vld1q_s8(from + 16 * r), channels);
  }
}

template <typename Products, bool kResidual>
EDGERT_INLINE void compute_whole(const GemmS8Args& args, const Epilogue<int8_t>& epilogue,
                                 const Block& block) {
  constexpr int R = Products::kPixels;
  const int32_t channels = args.channels - block.channel;
  const bool partial = !kResidual && channels < 16;
  Outputs outputs{args.y, block.channel, args.residual, block.channel};
  // Of a block with less than 16 channels, until they are copied to where they belong.
  int8_t part[16 * R];
  void* part_pixels[R];
  if (partial) {
    EDGERT_UNROLL for (int r = 0; r < R; ++r) part_pixels[r] = part + 16 * r;
    outputs.y = part_pixels;
    outputs.y_channel = 0;
  }
  const int8_t* const* rows = args.rows;
  void* const* y = args.y;
  for (int32_t pixels = args.pixels; pixels >= R; pixels -= R) {
    typename Products::template Sums<R> products(block, rows);
    // Constants of the epilogue are loaded when they are needed: there are no registers for them.
    const Epilogue<int8_t>* in_memory = &epilogue;
    asm volatile("" : "+r"(in_memory));
    const Epilogue<int8_t> constants = *in_memory;
    products.template store<kResidual>(constants, block.scale, outputs);
    rows += R;
    y += R;
    if constexpr (kResidual) outputs.residual += R;
    if (partial) {
      copy_part(part, y - R, block.channel, R, channels);
    } else {
      outputs.y = y;
    }
  }
  const int32_t done = args.pixels / R * R;
  if (done < args.pixels) compute<Products, int8_t>(args, block, done);
}

// All pixels pass over one block of weights while it is in the first cache level.
template <typename Products, typename T>
void gemm(const GemmS8Args& arguments) {
  const GemmS8Args args = arguments;  // a copy: y, being of type int8_t, might be anything's memory
  const int64_t block_bytes = int64_t{args.runs} * args.run_bytes * 16;
  const bool plain = args.pixel_bias == nullptr && args.post_bias == nullptr;
  [[maybe_unused]] const Epilogue<T> epilogue(args);
  typename Products::Weights weights(args);
  for (int32_t channel = 0; channel < args.channels; channel += 16) {
    Block block(args, channel, args.weights + channel / 16 * block_bytes);
    weights.arrange(block);
    if constexpr (std::is_same_v<T, int8_t>) {
      if (plain && args.residual == nullptr) {
        compute_whole<Products, false>(args, epilogue, block);
        continue;
      }
      if (plain && channel + 16 <= args.channels) {
        compute_whole<Products, true>(args, epilogue, block);
        continue;
      }
    }
    compute<Products, T>(args, block, 0);
  }
}

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_GEMM_S8_ARM_H_
