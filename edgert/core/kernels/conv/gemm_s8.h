// Microkernel family: the INT8 product behind conv2d_s8, conv2d_dynamic_s8 and matmul_s8, with its
// epilogue.
//
// One call computes a tile of up to `mr` output pixels times any number of output channels. A
// pixel's input patch is given as `runs` contiguous pieces of `run_bytes` each, so that a
// convolution needs no im2col: row pointers lead straight into the input. A 1x1 convolution has one
// run of Cin bytes.
//
// Variants are the files gemm_s8/<isa>.cc; all give the same bytes. Weights and per-channel vectors
// are 64-byte aligned, which vectors may profit from but must not rely on.
#ifndef EDGERT_KERNELS_CONV_GEMM_S8_H_
#define EDGERT_KERNELS_CONV_GEMM_S8_H_

#include <cstdint>

namespace edgert {

// Numerics, for pixel p and channel c. Every float operation is one rounded IEEE float32 operation,
// in this order; none may be contracted into an FMA.
//   acc = bias[c] + pixel_bias[p]
//         + sum over r, i: rows[r * pixels + p][i] * w(r * run_bytes + i, c)           modulo 2^32
//   t   = float(acc) * scale[c]
//   t   = t + post_bias[c], where post_bias is given
//   where residual is given:
//     s8:  t = t + float(residual[p][c] - residual_zero_point) * residual_scale
//     f32: t = t + residual[p][c]
//   t   = min(max(t, act_min), act_max)
//   s8:  y[p][c] = saturate_s8(int32(round_half_to_even(t)) + y_zero_point)
//   f32: y[p][c] = t
// |act_min|, |act_max| <= 512 for s8, |zero points| <= 128, act_min <= act_max; scales are finite.
// As a float NaN passes the clamp; as a byte any value may be stored for it, and where the products
// overflow.
struct GemmS8Args {
  const int8_t* const* rows;  // [runs][pixels]; no byte past a run's end may be read
  int32_t runs;               // >= 1
  int32_t run_bytes;          // >= 4, a multiple of 4
  int32_t pixels;             // 1 ... mr
  int32_t channels;           // >= 1
  // [blocks][runs * run_bytes / 4][16][4], blocks = ceil(channels / 16). Values are in
  // [-127, 127] unless `full_range`; channels of the last block past `channels` have zero weights.
  const int8_t* weights;
  // Per channel, padded to a multiple of 16 (readable, no meaning past `channels`).
  const int32_t* bias;
  const int32_t* weight_sum;  // sum of the channel's weights: for unsigned activations
  const float* scale;
  const float* post_bias;     // or nullptr
  const int32_t* pixel_bias;  // [pixels], or nullptr for zeros
  // [pixels] pointers to channel 0; elements of the type of y, or nullptr. May point to the same
  // memory as y.
  const void* const* residual;
  void* const* y;  // [pixels] pointers to channel 0: int8_t or float; no store past `channels`
  float act_min;
  float act_max;
  float residual_scale;
  int32_t residual_zero_point;
  int32_t y_zero_point;
  bool full_range;  // weights may be -128, too: slower where products are added in 16 bits
  bool bounded;     // every |scale| is below 1, so that no sum times its scale reaches 2^31
};

struct GemmS8 {
  static constexpr int32_t kMaxPixels = 48;

  int32_t mr;    // pixels that one call takes, <= kMaxPixels, a multiple of step
  int32_t step;  // pixels that are computed together; calls of a multiple of them are the best
  void (*s8)(const GemmS8Args& args);
  void (*f32)(const GemmS8Args& args);
};

}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_GEMM_S8_H_
