// Microkernel family: INT8 depthwise convolution of a few output rows.
//
// Variants are the files depthwise_s8/<isa>.cc; all give the same bytes.
#ifndef EDGERT_KERNELS_CONV_DEPTHWISE_S8_H_
#define EDGERT_KERNELS_CONV_DEPTHWISE_S8_H_

#include <cstdint>

namespace edgert {

// For output row h, output column o and channel c:
//   x(i, j) = rows[h * kernel_h + i][column * x_step + c], column = first_column + o * stride_w +
//   j,
//             where 0 <= column < x_columns, else padding[c]
//   acc = bias[c] + sum over i < kernel_h, j < kernel_w: x(i, j) * w(j, i, c)       modulo 2^32
// and then the epilogue of gemm_s8.h, where residual and y of a pixel are residual[h] + o *
// residual_step
// + c and y[h] + o * y_step + c.
struct DepthwiseS8Args {
  // [height][kernel_h]; of each, `channels` bytes of x_columns, and what lies between them, are
  // readable.
  const int8_t* const* rows;
  const int8_t* padding;  // `channels` bytes: the input's zero point
  int64_t x_step;         // bytes from one column of x to the next
  int32_t x_columns;      // >= 1
  int32_t first_column;   // of the first tap of the first output; negative inside the left padding
  int32_t kernel_h;       // >= 1
  int32_t kernel_w;       // >= 1
  int32_t stride_w;       // >= 1
  int32_t height;         // output rows, >= 1
  int32_t width;          // output columns, >= 1
  int32_t channels;       // >= 1
  // [blocks of 16 channels][kernel_w][ceil(kernel_h / 4)][16][4]: K runs down the columns of the
  // kernel, each padded with zeros to a multiple of 4 rows. Values are in [-127, 127], but for one
  // of each channel, which may be -128: two products of a channel fit into 16 bits. 64-byte
  // aligned.
  const int8_t* weights;
  // Per channel, padded to a multiple of 16 (readable, no meaning past `channels`).
  const int32_t* bias;
  const int32_t* weight_sum;
  const float* scale;
  const void* const* residual;  // [height], elements of the type of y; or nullptr
  void* const* y;               // [height]: int8_t or float; no store past `channels`
  int64_t residual_step;        // elements from one column to the next
  int64_t y_step;
  float act_min;
  float act_max;
  float residual_scale;
  int32_t residual_zero_point;
  int32_t y_zero_point;
  bool bounded;  // every |scale| is below 1, so that no sum times its scale reaches 2^31
};

struct DepthwiseS8 {
  int32_t channel_block;  // channels that threads should not split: a multiple of 16
  void (*s8)(const DepthwiseS8Args& args);
  void (*f32)(const DepthwiseS8Args& args);
};

}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_DEPTHWISE_S8_H_
