// Microkernel family: depthwise convolution of a few output rows in halves. The geometry is that of
// depthwise_s8.h, in halves; padding reads zero.
//
// Variants are the files depthwise_f16/<isa>.cc. A variant adds up in halves or in floats, the
// products of the taps inside the image in an order that depends on the kernel's size alone, and
// kMaxHalfTaps of them at most in halves. Results differ between variants, but not with the place
// of an output.
#ifndef EDGERT_KERNELS_CONV_DEPTHWISE_F16_H_
#define EDGERT_KERNELS_CONV_DEPTHWISE_F16_H_

#include <cstdint>

#include "kernels/half.h"

namespace edgert {

constexpr int32_t kMaxHalfTaps = 128;

// t = bias[c] + sum over i < kernel_h, j < kernel_w: x(i, j) * w(i, j, c)
// t = t + residual where given;  y = min(max(t, act_min), act_max), half to even
struct DepthwiseF16Args {
  const Half* const* rows;  // [height][kernel_h]
  int64_t x_step;           // halves from one column of x to the next
  int32_t x_columns;
  int32_t first_column;
  int32_t kernel_h;
  int32_t kernel_w;
  int32_t stride_w;
  int32_t height;
  int32_t width;
  int32_t channels;
  const Half* weights;          // [blocks of 16 channels][kernel_h][kernel_w][16]
  const float* bias;            // padded to a multiple of 16
  const void* const* residual;  // [height], halves; or nullptr
  void* const* y;               // [height], halves; no store past `channels`
  int64_t residual_step;        // halves from one column to the next
  int64_t y_step;
  float act_min;  // may be -infinity
  float act_max;  // may be +infinity
};

struct DepthwiseF16 {
  int32_t channel_block;  // channels that threads should not split: a multiple of 16
  void (*run)(const DepthwiseF16Args& args);
};

}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_DEPTHWISE_F16_H_
