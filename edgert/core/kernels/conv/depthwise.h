// How depthwise_conv2d_* cuts a call into tiles: a few output rows of one image by a range of
// channels.
#ifndef EDGERT_KERNELS_CONV_DEPTHWISE_H_
#define EDGERT_KERNELS_CONV_DEPTHWISE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/conv/geometry.h"

namespace edgert {

struct DepthwiseTiles {
  int32_t rows;  // output rows of a tile, the last one of an image may have fewer
  int32_t row_tiles;
  int32_t channels;  // of a tile, a multiple of 16; the last one may have fewer
  int32_t channel_tiles;
  int32_t terms;  // of each weight: the rows that a kernel sees are given once for each
  // Bytes from the start of a thread's scratch.
  uint64_t y_offset;
  uint64_t residual_offset;
  uint64_t padding_offset;
  uint64_t scratch_bytes;
  int64_t padding_length;  // elements from the first to the last that a row of x spans

  // `channel_block`: channels that the microkernel wants to keep together.
  DepthwiseTiles(const ConvGeometry& geometry, int32_t channel_block, size_t element_size,
                 int32_t threads, int32_t terms = 1);

  int64_t count(const ConvGeometry& geometry) const {
    return int64_t{geometry.batch} * row_tiles * channel_tiles;
  }
};

// The geometry of a depthwise call, as if it had one group.
ConvGeometry depthwise_geometry(const Call& call, const Window& window);

// check_geometry for a depthwise call, whose x and y have the same channels.
Status check_depthwise(const Call& call, DType x_dtype, const Window& window);

// Outputs that are dilation_w columns apart read columns that are dilation_w apart. Among these
// alone the window is a dense one: a dilated convolution is several interleaved ones.
struct ColumnPhase {
  int32_t width;         // number of these outputs; the first one is `phase`
  int32_t first_x;       // the first of the columns that is inside x
  int32_t x_columns;     // how many are; may be 0
  int32_t first_column;  // of the first tap of the first output, counted from first_x

  ColumnPhase(const ConvGeometry& geometry, int32_t phase);
};

// Columns from one output of a phase to the next, and from tap to tap.
inline int32_t phase_step(const ConvGeometry& g) {
  return g.window.kernel_w == 1 ? 1 : g.window.dilation_w;
}

// Element [n, oy, ox, channel] of y or the residual.
inline const std::byte* output_row(const Tensor& tensor, int64_t n, int64_t oy, int64_t ox,
                                   int64_t channel) {
  const int64_t offset =
      n * tensor.strides[0] + oy * tensor.strides[1] + ox * tensor.strides[2] + channel;
  return tensor.as<std::byte>() + offset * static_cast<int64_t>(dtype_size(tensor.dtype));
}

// Runs tiles [begin, end): completes `args` (those of a depthwise family), in which
// weights, per-channel vectors and the epilogue's parameters are set for channel 0, and calls
// compute(args, first channel) for each tile and column phase. T is the element type of x.
template <typename T, typename Args, typename Compute>
void for_each_depthwise_tile(const ConvGeometry& g, const DepthwiseTiles& tiles, const Tensor& x,
                             const Tensor& y, const Tensor* residual, T padding, int64_t begin,
                             int64_t end, std::byte* scratch, Args args, const Compute& compute) {
  const Window& w = g.window;
  const auto rows = reinterpret_cast<const T**>(scratch);
  const auto y_rows = reinterpret_cast<void**>(scratch + tiles.y_offset);
  const auto residual_rows = reinterpret_cast<const void**>(scratch + tiles.residual_offset);
  // Rows outside the image: a row of padding with the column step of x.
  T* padding_row = reinterpret_cast<T*>(scratch + tiles.padding_offset);
  std::fill_n(padding_row, tiles.padding_length, padding);
  if (g.x_stride[2] < 0) padding_row -= (g.x_w - 1) * g.x_stride[2];

  const int64_t step = phase_step(g);
  args.rows = rows;
  if constexpr (std::is_same_v<T, int8_t>) args.padding = padding_row;
  args.x_step = g.x_stride[2] * step;
  args.kernel_h = w.kernel_h * tiles.terms;
  args.kernel_w = w.kernel_w;
  args.stride_w = w.stride_w;
  args.residual = residual != nullptr ? residual_rows : nullptr;
  args.y = y_rows;
  args.residual_step = residual != nullptr ? residual->strides[2] * step : 0;
  args.y_step = g.y_stride[2] * step;
  for (int64_t tile = begin; tile < end; ++tile) {
    const auto row = static_cast<int32_t>(tile % tiles.row_tiles) * tiles.rows;
    const int64_t n = tile / tiles.row_tiles % g.batch;
    const auto channel = static_cast<int32_t>(tile / tiles.row_tiles / g.batch) * tiles.channels;
    args.height = std::min(tiles.rows, g.y_h - row);
    args.channels = std::min(tiles.channels, g.y_c - channel);
    for (int32_t p = 0; p < std::min<int64_t>(step, g.y_w); ++p) {
      const ColumnPhase phase(g, p);
      args.width = phase.width;
      args.x_columns = std::max(phase.x_columns, 1);
      args.first_column = phase.first_column;
      const T* image = x.as<T>() + n * g.x_stride[0] + phase.first_x * g.x_stride[2] + channel;
      const T** tap_row = rows;
      for (int32_t h = 0; h < args.height; ++h) {
        const int32_t oy = row + h;
        for (int32_t i = 0; i < args.kernel_h; ++i) {
          const int32_t iy = oy * w.stride_h - w.pad_top + i % w.kernel_h * w.dilation_h;
          const bool inside = iy >= 0 && iy < g.x_h && phase.x_columns > 0;
          *tap_row++ = inside ? image + iy * g.x_stride[1] : padding_row;
        }
        y_rows[h] = const_cast<std::byte*>(output_row(y, n, oy, p, channel));
        if (residual != nullptr) residual_rows[h] = output_row(*residual, n, oy, p, channel);
      }
      compute(args, channel);
    }
  }
}

}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_DEPTHWISE_H_
