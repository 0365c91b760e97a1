// max_pool2d, docs/kernels.md. Padding does not take part in the maximum.
#include "kernels/multiversion.h"
#include "kernels/pool/window.h"
#include "runtime/kernel.h"

namespace edgert {
namespace {

struct Params {
  int32_t kernel_h, kernel_w;
  int32_t stride_h, stride_w;
  int32_t dilation_h, dilation_w;
  int32_t pad_top, pad_left;
};

constexpr ParamField kFields[] = {
    EDGERT_FIELD(Params, kernel_h),   EDGERT_FIELD(Params, kernel_w),
    EDGERT_FIELD(Params, stride_h),   EDGERT_FIELD(Params, stride_w),
    EDGERT_FIELD(Params, dilation_h), EDGERT_FIELD(Params, dilation_w),
    EDGERT_FIELD(Params, pad_top),    EDGERT_FIELD(Params, pad_left),
};

Status prepare(Call& call) {
  const Tensor& x = *call.inputs[0];
  const Tensor& y = *call.outputs[0];
  EDGERT_CHECK(call, x.dtype == DType::kF32 || x.dtype == DType::kS8 || x.dtype == DType::kU8,
               "unsupported type");
  const Params& p = call.parameters<Params>();
  EDGERT_CHECK(call, x.rank == 4, "x needs four dimensions");
  const PoolAxis h = pool_axis_h(p, x);
  const PoolAxis w = pool_axis_w(p, x);
  EDGERT_RETURN_IF_ERROR(check_pool(call, h, w));
  for (int64_t o = 0; o < y.dims[1]; ++o) {
    EDGERT_CHECK(call, h.window(o).taps > 0, "output row %d sees only padding",
                 static_cast<int>(o));
  }
  for (int64_t o = 0; o < y.dims[2]; ++o) {
    EDGERT_CHECK(call, w.window(o).taps > 0, "output column %d sees only padding",
                 static_cast<int>(o));
  }
  call.tiles = pool_tiles(y);
  return Status::kOk;
}

// One row of outputs over a block of channels. x is the first row inside the window.
template <typename T>
struct MaxRow {
  static EDGERT_INLINE void run(T* y, const T* x, const PoolAxis& w, int64_t width, int64_t rows,
                                int64_t row_step, int64_t column_step, int64_t y_step,
                                int64_t channels) {
    for (int64_t o = 0; o < width; ++o, y += y_step) {
      const PoolAxis::Window window = w.window(o);
      const T* first = x + window.first * column_step;
      for_channel_blocks(channels, [&](int64_t begin, auto full) EDGERT_INLINE_LAMBDA {
        const int64_t n = full ? kPoolLanes : channels;
        T largest[kPoolLanes];
        for (int64_t c = 0; c < n; ++c) largest[c] = first[begin + c];
        for (int64_t i = 0; i < rows; ++i) {
          for (int64_t j = i == 0 ? 1 : 0; j < window.taps; ++j) {
            const T* tap = first + begin + i * row_step + j * w.dilation * column_step;
            for (int64_t c = 0; c < n; ++c) largest[c] = tap[c] > largest[c] ? tap[c] : largest[c];
          }
        }
        for (int64_t c = 0; c < n; ++c) y[begin + c] = largest[c];
      });
    }
  }
};

template <typename T>
void run_tile(const Call& call, const PoolTile& tile) {
  const Params& p = call.parameters<Params>();
  const Tensor& x = *call.inputs[0];
  Tensor& y = *call.outputs[0];
  const PoolAxis h = pool_axis_h(p, x);
  const PoolAxis::Window rows = h.window(tile.row);
  multiversion<MaxRow<T>>(
      y.as<T>() + tile.image * y.strides[0] + tile.row * y.strides[1] + tile.channel,
      x.as<T>() + tile.image * x.strides[0] + rows.first * x.strides[1] + tile.channel,
      pool_axis_w(p, x), y.dims[2], rows.taps, p.dilation_h * x.strides[1], x.strides[2],
      y.strides[2], tile.channels);
}

Status run(const Call& call, int64_t begin, int64_t end, std::byte*) {
  for (int64_t i = begin; i < end; ++i) {
    const PoolTile tile = pool_tile(*call.outputs[0], i);
    switch (call.inputs[0]->dtype) {
      case DType::kS8:
        run_tile<int8_t>(call, tile);
        break;
      case DType::kU8:
        run_tile<uint8_t>(call, tile);
        break;
      default:
        run_tile<float>(call, tile);
    }
  }
  return Status::kOk;
}

const Kernel kernel{"max_pool2d", 1, "x -> y", sizeof(Params), kFields, prepare, run};

}  // namespace
}  // namespace edgert
