// Microkernel family: float depthwise convolution of a few output rows. The geometry is that of
// depthwise_s8.h, in floats; padding reads zero.
//
// Variants are the files depthwise_f32/<isa>.cc. Results may differ in the last bits between them,
// but not with the place of an output: every variant adds the products of the taps inside the image
// in an order that depends on the kernel's size alone.
#ifndef EDGERT_KERNELS_CONV_DEPTHWISE_F32_H_
#define EDGERT_KERNELS_CONV_DEPTHWISE_F32_H_

#include <cstdint>

namespace edgert {

// t = bias[c] + sum over i < kernel_h, j < kernel_w: x(i, j) * w(i, j, c)       (FMA is fine)
// t = t + residual where given;  y = min(max(t, act_min), act_max)
struct DepthwiseF32Args {
  const float* const* rows;  // [height][kernel_h]
  const float* padding;      // `channels` zeros
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
};

struct DepthwiseF32 {
  int32_t channel_block;  // channels that threads should not split: a multiple of 16
  void (*run)(const DepthwiseF32Args& args);
};

}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_DEPTHWISE_F32_H_
