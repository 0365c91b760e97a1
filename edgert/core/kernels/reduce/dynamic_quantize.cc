// dynamic_quantize: int8 with a range found at run time, docs/kernels.md.
//
// ONNX DynamicQuantizeLinear shifted to signed values: the range of x, extended to contain 0, maps
// to
// [-128, 127]; where it is empty the scale is 1. One tile, as every output depends on all of x.
#include <algorithm>

#include "kernels/elementwise/iteration.h"
#include "kernels/elementwise/math.h"
#include "kernels/elementwise/strided.h"
#include "kernels/multiversion.h"
#include "kernels/requantize.h"
#include "runtime/kernel.h"

namespace edgert {
namespace {

constexpr int64_t kTileElements = 1024;
constexpr int64_t kLanes = 16;

struct Range {
  float low;
  float high;
};

// The second one where either is NaN.
EDGERT_INLINE float lower(float a, float b) { return math::select(a < b, a, b); }
EDGERT_INLINE float higher(float a, float b) { return math::select(a > b, a, b); }

struct Extend {
  static EDGERT_INLINE void run(Range* range, const float* x, int64_t n) {
    float low[kLanes] = {}, high[kLanes] = {};
    int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
      for (int64_t k = 0; k < kLanes; ++k) low[k] = lower(x[i + k], low[k]);
      for (int64_t k = 0; k < kLanes; ++k) high[k] = higher(x[i + k], high[k]);
    }
    for (; i < n; ++i) {
      low[0] = lower(x[i], low[0]);
      high[0] = higher(x[i], high[0]);
    }
    for (int64_t k = 0; k < kLanes; ++k) {
      range->low = lower(low[k], range->low);
      range->high = higher(high[k], range->high);
    }
  }
};

struct Quantize {
  static EDGERT_INLINE void run(int8_t* __restrict y, const float* __restrict x, int64_t n,
                                float scale, int32_t zero_point) {
    const float min = static_cast<float>(-128 - zero_point);
    const float max = static_cast<float>(127 - zero_point);
    for (int64_t i = 0; i < n; ++i) {
      y[i] = static_cast<int8_t>(round_clamped(x[i] / scale, min, max) + zero_point);
    }
  }
};

Iteration iteration(const Call& call) {
  const Tensor* operands[] = {call.outputs[0], call.inputs[0]};
  return {operands, 2, kTileElements};
}

Status prepare(Call& call) {
  const Tensor& x = *call.inputs[0];
  const Tensor& y = *call.outputs[0];
  const Tensor& quantization = *call.outputs[1];
  EDGERT_CHECK(call, x.dtype == DType::kF32 && y.dtype == DType::kS8, "x must be f32 and y s8");
  EDGERT_CHECK(call, x.count == y.count && broadcastable(x, y), "x and y differ in dims");
  EDGERT_CHECK(
      call, quantization.dtype == DType::kF32 && quantization.count == 2 && quantization.contiguous,
      "quantization is not two contiguous floats");
  call.tiles = 1;
  call.scratch_bytes = kTileElements * (sizeof(float) + sizeof(int8_t));
  return Status::kOk;
}

// The tile's elements, dense.
const float* dense_input(const Call& call, const Iteration& tiles, const Iteration::Tile& tile,
                         float* scratch) {
  const float* x = call.inputs[0]->as<float>() + tile.offsets[1];
  const TileView view = tiles.view(tile, 1);
  if (view.dense()) return x;
  gather_tile(scratch, x, view, sizeof(float));
  return scratch;
}

Status run(const Call& call, int64_t begin, int64_t end, std::byte* scratch) {
  if (begin >= end) return Status::kOk;
  const Iteration tiles = iteration(call);
  float* dense = reinterpret_cast<float*>(scratch);
  int8_t* quantized = reinterpret_cast<int8_t*>(dense + kTileElements);

  Range range{0.0f, 0.0f};
  for (int64_t i = 0; i < tiles.tiles(); ++i) {
    const Iteration::Tile tile = tiles.tile(i);
    multiversion<Extend>(&range, dense_input(call, tiles, tile, dense), tile.rows * tile.cols);
  }
  const float width = (range.high - range.low) / 255.0f;
  const float scale = width > 0.0f ? width : 1.0f;
  const int32_t zero_point = round_clamped(-128.0f - range.low / scale, -128.0f, 127.0f);
  float* quantization = call.outputs[1]->as<float>();
  quantization[0] = scale;
  quantization[1] = static_cast<float>(zero_point);

  for (int64_t i = 0; i < tiles.tiles(); ++i) {
    const Iteration::Tile tile = tiles.tile(i);
    const TileView view = tiles.view(tile, 0);
    int8_t* y = call.outputs[0]->as<int8_t>() + tile.offsets[0];
    multiversion<Quantize>(view.dense() ? y : quantized, dense_input(call, tiles, tile, dense),
                           view.count(), scale, zero_point);
    if (!view.dense()) scatter_tile(y, quantized, view, 1);
  }
  return Status::kOk;
}

const Kernel kernel{"dynamic_quantize", 1, "x -> y, quantization", prepare, run};

}  // namespace
}  // namespace edgert
