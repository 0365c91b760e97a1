// Microkernel family: float depthwise convolution of a few output rows. The geometry is that of
// depthwise_s8.h, in floats; padding reads zero.
//
// Variants are the files depthwise_f32/<isa>.cc. Every one adds the products of an output to its
// bias column by column, from top to bottom, and leaves out columns outside the image. With fused
// multiply-adds the bits are the same for all of them; `fused` as in gemm_f32.h.
#ifndef EDGERT_KERNELS_CONV_DEPTHWISE_F32_H_
#define EDGERT_KERNELS_CONV_DEPTHWISE_F32_H_

#include <cstdint>

namespace edgert {

// t = bias[c]
// t = fma(x(i, j), w(i, j, c), t)              for each j < kernel_w, and i < kernel_h within j
// t = t + residual where given;  y = min(max(t, act_min), act_max), as in gemm_f32.h
struct DepthwiseF32Args {
  const float* const* rows;  // [height][kernel_h]
  int64_t x_step;            // floats from one column of x to the next
  int32_t x_columns;
  int32_t first_column;
  int32_t kernel_h;
  int32_t kernel_w;
  int32_t stride_w;
  int32_t height;
  int32_t width;
  int32_t channels;
  const float* weights;         // [blocks of 16 channels][kernel_h][kernel_w][16]
  const float* bias;            // padded to a multiple of 16
  const void* const* residual;  // [height], floats; or nullptr
  void* const* y;               // [height], floats; no store past `channels`
  int64_t residual_step;        // floats from one column to the next
  int64_t y_step;
  float act_min;  // may be -infinity
  float act_max;  // may be +infinity
  bool fused;     // multiply-adds, in every variant
};

struct DepthwiseF32 {
  int32_t channel_block;  // channels that threads should not split: a multiple of 16
  void (*run)(const DepthwiseF32Args& args);
  bool fuses = true;  // as in gemm_f32.h
};

}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_DEPTHWISE_F32_H_
