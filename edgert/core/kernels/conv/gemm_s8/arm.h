// The loops around the products that the ARM variants of gemm_s8 share.
#ifndef EDGERT_KERNELS_CONV_GEMM_S8_ARM_H_
#define EDGERT_KERNELS_CONV_GEMM_S8_ARM_H_

#include <algorithm>

#include "kernels/conv/arm.h"
#include "kernels/conv/gemm_s8.h"

namespace edgert {
namespace {

// Computes 16 channels of `pixels` pixels; row i of run r is rows[r * args.pixels + i]:
//   template <int R> static void multiply(const GemmS8Args&, const int8_t* const* rows,
//                                         const int8_t* weights, int32_t* acc)   // acc[R][16]
template <typename Products, int R = Products::kPixels>
EDGERT_INLINE void multiply(int32_t pixels, const GemmS8Args& args, const int8_t* const* rows,
                            const int8_t* weights, int32_t* acc) {
  if constexpr (R > 1) {
    if (pixels < R) return multiply<Products, R - 1>(pixels, args, rows, weights, acc);
  }
  Products::template multiply<R>(args, rows, weights, acc);
}

EDGERT_INLINE void add_to_all(int32_t* acc, int32_t value) {
  EDGERT_UNROLL for (int i = 0; i < 16; i += 4) {
    vst1q_s32(acc + i, vaddq_s32(vld1q_s32(acc + i), vdupq_n_s32(value)));
  }
}

template <typename T>
void store_tile(const GemmS8Args& args, int32_t pixel, int32_t pixels, int32_t channel,
                int32_t* acc) {
  const Epilogue<T> epilogue(args);
  const Channels channels = load_channels(args.bias + channel, args.scale + channel);
  for (int32_t p = pixel; p < pixel + pixels; ++p, acc += 16) {
    if (args.pixel_bias != nullptr) add_to_all(acc, args.pixel_bias[p]);
    float32x4_t t[4];
    scale_products(channels, acc, t);
    if (args.post_bias != nullptr) {
      const float* post_bias = args.post_bias + channel;
      EDGERT_UNROLL for (int i = 0; i < 4; ++i) t[i] =
          vaddq_f32(t[i], vld1q_f32(post_bias + 4 * i));
    }
    const T* residual =
        args.residual == nullptr ? nullptr : static_cast<const T*>(args.residual[p]) + channel;
    epilogue.store(t, residual, static_cast<T*>(args.y[p]) + channel, args.channels - channel);
  }
}

// All pixels pass over one block of weights while it is in the first cache level.
template <typename Products, typename T>
void gemm(const GemmS8Args& args) {
  alignas(16) int32_t acc[Products::kPixels * 16];
  const int8_t* weights = args.weights;
  for (int32_t c = 0; c < args.channels; c += 16) {
    for (int32_t p = 0; p < args.pixels; p += Products::kPixels) {
      const int32_t pixels = std::min(Products::kPixels, args.pixels - p);
      multiply<Products>(pixels, args, args.rows + p, weights, acc);
      store_tile<T>(args, p, pixels, c, acc);
    }
    weights += int64_t{args.runs} * args.run_bytes * 16;
  }
}

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_GEMM_S8_ARM_H_
