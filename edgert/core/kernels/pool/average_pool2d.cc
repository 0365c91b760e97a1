// average_pool2d, docs/kernels.md. Padding is zero: it adds nothing, but counts if
// count_include_pad.
#include <cmath>

#include "kernels/multiversion.h"
#include "kernels/pool/window.h"
#include "kernels/requantize.h"
#include "runtime/kernel.h"

namespace edgert {
namespace {

struct Params {
  int32_t kernel_h, kernel_w;
  int32_t stride_h, stride_w;
  int32_t dilation_h, dilation_w;
  int32_t pad_top, pad_left;
  int32_t pad_bottom, pad_right;
  int32_t count_include_pad;
  int32_t x_zero_point, y_zero_point;
  float scale;
  float act_min, act_max;
};

constexpr ParamField kFields[] = {
    EDGERT_FIELD(Params, kernel_h),          EDGERT_FIELD(Params, kernel_w),
    EDGERT_FIELD(Params, stride_h),          EDGERT_FIELD(Params, stride_w),
    EDGERT_FIELD(Params, dilation_h),        EDGERT_FIELD(Params, dilation_w),
    EDGERT_FIELD(Params, pad_top),           EDGERT_FIELD(Params, pad_left),
    EDGERT_FIELD(Params, pad_bottom),        EDGERT_FIELD(Params, pad_right),
    EDGERT_FIELD(Params, count_include_pad), EDGERT_FIELD(Params, x_zero_point),
    EDGERT_FIELD(Params, y_zero_point),      EDGERT_FIELD(Params, scale),
    EDGERT_FIELD(Params, act_min),           EDGERT_FIELD(Params, act_max),
};

struct Axes {
  PoolAxis h;
  PoolAxis w;
};

Axes axes(const Call& call) {
  const Params& p = call.parameters<Params>();
  Axes axes{pool_axis_h(p, *call.inputs[0]), pool_axis_w(p, *call.inputs[0])};
  axes.h.pad_end = p.pad_bottom;
  axes.w.pad_end = p.pad_right;
  return axes;
}

EDGERT_INLINE int64_t counted(const PoolAxis& axis, int64_t output, bool include_pad) {
  const int64_t taps = include_pad ? axis.padded_taps(output) : axis.window(output).taps;
  return taps > 0 ? taps : 0;
}

Status check_quantization(Call& call) {
  const Params& p = call.parameters<Params>();
  EDGERT_CHECK(call, p.x_zero_point >= -128 && p.x_zero_point <= 127,
               "x_zero_point is out of range");
  EDGERT_CHECK(call, p.y_zero_point >= -128 && p.y_zero_point <= 127,
               "y_zero_point is out of range");
  EDGERT_CHECK(call, std::isfinite(p.scale), "scale is not finite");
  EDGERT_CHECK(call,
               p.act_min >= static_cast<float>(-128 - p.y_zero_point) &&
                   p.act_max <= static_cast<float>(127 - p.y_zero_point) && p.act_min <= p.act_max,
               "act_min and act_max are not within the output type");
  return Status::kOk;
}

Status prepare(Call& call) {
  const Tensor& x = *call.inputs[0];
  const Tensor& y = *call.outputs[0];
  EDGERT_CHECK(call, x.dtype == DType::kF32 || x.dtype == DType::kS8, "unsupported type");
  EDGERT_CHECK(call, x.rank == 4, "x needs four dimensions");
  const auto [h, w] = axes(call);
  EDGERT_RETURN_IF_ERROR(check_pool(call, h, w));
  if (x.dtype == DType::kS8) EDGERT_RETURN_IF_ERROR(check_quantization(call));
  const bool include_pad = call.parameters<Params>().count_include_pad != 0;
  for (int64_t o = 0; o < y.dims[1]; ++o) {
    EDGERT_CHECK(call, counted(h, o, include_pad) > 0, "output row %d averages nothing",
                 static_cast<int>(o));
  }
  for (int64_t o = 0; o < y.dims[2]; ++o) {
    EDGERT_CHECK(call, counted(w, o, include_pad) > 0, "output column %d averages nothing",
                 static_cast<int>(o));
  }
  call.tiles = pool_tiles(y);
  return Status::kOk;
}

template <typename T>
struct Row {
  T* y;
  const T* x;  // first row inside the window
  PoolAxis w;
  int64_t width;
  int64_t rows;          // taps inside
  int64_t counted_rows;  // that the average counts
  int64_t row_step, column_step, y_step;
  int64_t channels;
  Params p;
};

EDGERT_INLINE void finish(const Params&, float* y, const float* sum, int64_t, int64_t count,
                          int64_t channels) {
  const float divisor = static_cast<float>(count);
  for (int64_t c = 0; c < channels; ++c) y[c] = sum[c] / divisor;
}

EDGERT_INLINE void finish(const Params& p, int8_t* y, const int32_t* sum, int64_t taps,
                          int64_t count, int64_t channels) {
  const float scale = p.scale / static_cast<float>(count);
  const int32_t offset = static_cast<int32_t>(taps) * p.x_zero_point;
  for (int64_t c = 0; c < channels; ++c) {
    const float t = static_cast<float>(sum[c] - offset) * scale;
    y[c] = static_cast<int8_t>(round_clamped(t, p.act_min, p.act_max) + p.y_zero_point);
  }
}

// One row of outputs over a block of channels.
template <typename T, typename Sum>
struct AverageRow {
  static EDGERT_INLINE void run(const Row<T>& row) {
    T* y = row.y;
    for (int64_t o = 0; o < row.width; ++o, y += row.y_step) {
      const PoolAxis::Window window = row.w.window(o);
      const int64_t columns = window.taps > 0 ? window.taps : 0;
      const int64_t count = row.counted_rows * counted(row.w, o, row.p.count_include_pad != 0);
      const T* first = row.x + (columns > 0 ? window.first : 0) * row.column_step;
      for_channel_blocks(row.channels, [&](int64_t begin, auto full) EDGERT_INLINE_LAMBDA {
        const int64_t n = full ? kPoolLanes : row.channels;
        Sum sum[kPoolLanes] = {};
        for (int64_t i = 0; i < row.rows; ++i) {
          for (int64_t j = 0; j < columns; ++j) {
            const T* tap = first + begin + i * row.row_step + j * row.w.dilation * row.column_step;
            for (int64_t c = 0; c < n; ++c) sum[c] += static_cast<Sum>(tap[c]);
          }
        }
        finish(row.p, y + begin, sum, row.rows * columns, count, n);
      });
    }
  }
};

template <typename T, typename Sum>
void run_tile(const Call& call, const PoolTile& tile) {
  const Params& p = call.parameters<Params>();
  const Tensor& x = *call.inputs[0];
  Tensor& y = *call.outputs[0];
  const auto [h, w] = axes(call);
  const PoolAxis::Window window = h.window(tile.row);
  Row<T> row;
  row.rows = window.taps > 0 ? window.taps : 0;
  row.y = y.as<T>() + tile.image * y.strides[0] + tile.row * y.strides[1] + tile.channel;
  row.x = x.as<T>() + tile.image * x.strides[0] + tile.channel +
          (row.rows > 0 ? window.first * x.strides[1] : 0);
  row.w = w;
  row.width = y.dims[2];
  row.counted_rows = counted(h, tile.row, p.count_include_pad != 0);
  row.row_step = p.dilation_h * x.strides[1];
  row.column_step = x.strides[2];
  row.y_step = y.strides[2];
  row.channels = tile.channels;
  row.p = p;
  multiversion<AverageRow<T, Sum>>(row);
}

Status run(const Call& call, int64_t begin, int64_t end, std::byte*) {
  for (int64_t i = begin; i < end; ++i) {
    const PoolTile tile = pool_tile(*call.outputs[0], i);
    if (call.inputs[0]->dtype == DType::kS8) {
      run_tile<int8_t, int32_t>(call, tile);
    } else {
      run_tile<float, float>(call, tile);
    }
  }
  return Status::kOk;
}

const Kernel kernel{"average_pool2d", 1, "x -> y", sizeof(Params), kFields, prepare, run};

}  // namespace
}  // namespace edgert
