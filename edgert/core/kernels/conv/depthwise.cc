#include "kernels/conv/depthwise.h"

#include <cstdlib>

namespace edgert {
namespace {

constexpr int64_t kTileBytes = 128 * 1024;  // of input, to stay in a second-level cache

template <typename T>
T round_up(T n, T multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

int32_t div_up(int64_t n, int64_t d) { return static_cast<int32_t>((n + d - 1) / d); }

bool balanced(int64_t tiles, int32_t threads) {
  return div_up(tiles, threads) * int64_t{threads} * 10 <= tiles * 11;
}

}  // namespace

DepthwiseTiles::DepthwiseTiles(const ConvGeometry& g, int32_t channel_block, size_t element_size,
                               int32_t threads, int32_t terms_of_weights)
    : terms(terms_of_weights) {
  const int64_t row_bytes = int64_t{g.x_w} * g.x_c * std::min(g.window.stride_h, g.x_h) *
                            static_cast<int64_t>(element_size);
  const int32_t blocks = div_up(g.y_c, channel_block);
  row_tiles = div_up(g.y_h, std::max<int64_t>(1, kTileBytes / row_bytes));
  channel_tiles = 1;
  const auto count_now = [&] { return int64_t{g.batch} * row_tiles * channel_tiles; };
  // Rows first, as long as a tile keeps a few of them; then channels; then single rows.
  while (!balanced(count_now(), threads) && g.y_h / (row_tiles + 1) >= 4) ++row_tiles;
  while (!balanced(count_now(), threads) && channel_tiles < blocks) ++channel_tiles;
  while (count_now() < threads && row_tiles < g.y_h) ++row_tiles;
  rows = div_up(g.y_h, row_tiles);
  row_tiles = div_up(g.y_h, rows);
  channels = div_up(blocks, channel_tiles) * channel_block;
  channel_tiles = div_up(g.y_c, channels);

  const auto pointers = [](int64_t n) {
    return round_up(static_cast<uint64_t>(n) * sizeof(void*), uint64_t{64});
  };
  y_offset = pointers(int64_t{rows} * g.window.kernel_h * terms);
  residual_offset = y_offset + pointers(rows);
  padding_offset = residual_offset + pointers(rows);
  padding_length = (g.x_w - 1) * std::abs(g.x_stride[2]) + g.x_c;
  scratch_bytes =
      round_up(padding_offset + static_cast<uint64_t>(padding_length) * element_size, uint64_t{64});
}

ColumnPhase::ColumnPhase(const ConvGeometry& g, int32_t phase) {
  const int64_t step = phase_step(g);
  const int64_t column = int64_t{phase} * g.window.stride_w - g.window.pad_left;
  const int64_t remainder = column % step;
  first_x = static_cast<int32_t>(remainder < 0 ? remainder + step : remainder);
  first_column = static_cast<int32_t>((column - first_x) / step);
  x_columns = first_x < g.x_w ? div_up(g.x_w - first_x, step) : 0;
  width = div_up(g.y_w - phase, step);
}

ConvGeometry depthwise_geometry(const Call& call, const Window& window) {
  return {*call.inputs[0], *call.outputs[0], window, 1};
}

Status check_depthwise(const Call& call, DType x_dtype, const Window& window) {
  EDGERT_RETURN_IF_ERROR(check_geometry(call, x_dtype, window, 1));
  EDGERT_CHECK(call, call.input(0)->dims[3] == call.outputs[0]->dims[3], "x has %d channels, y %d",
               call.input(0)->dims[3], call.outputs[0]->dims[3]);
  return Status::kOk;
}

}  // namespace edgert
