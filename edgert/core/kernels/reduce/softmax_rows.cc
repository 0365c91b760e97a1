// Maximum and sum run in 16 interleaved lanes, and exp is that of math.h: the bits are the same on
// every machine.
#include <algorithm>

#include "kernels/elementwise/math.h"
#include "kernels/multiversion.h"
#include "kernels/reduce/softmax.h"

namespace edgert {
namespace {

constexpr int64_t kLanes = 16;

EDGERT_INLINE float maximum_of(const float* x, int64_t n) {
  float lanes[kLanes];
  for (float& lane : lanes) lane = x[0];
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (int64_t k = 0; k < kLanes; ++k) lanes[k] = x[i + k] > lanes[k] ? x[i + k] : lanes[k];
  }
  for (; i < n; ++i) lanes[0] = x[i] > lanes[0] ? x[i] : lanes[0];
  for (int64_t k = 1; k < kLanes; ++k) lanes[0] = lanes[k] > lanes[0] ? lanes[k] : lanes[0];
  return lanes[0];
}

// Turns x into exponentials e, and adds them to the lanes' sums.
EDGERT_INLINE void exponentials(float* e, float* sums, const float* x, float maximum) {
  for (int64_t k = 0; k < kLanes; ++k) e[k] = math::exp(x[k] - maximum);
  for (int64_t k = 0; k < kLanes; ++k) sums[k] += e[k];
}

struct Row {
  static EDGERT_INLINE void run(SoftmaxSums* result, float* y, const float* x, int64_t n) {
    const float maximum = maximum_of(x, n);
    float sums[kLanes] = {};
    float e[kLanes];
    int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
      exponentials(e, sums, x + i, maximum);
      if (y == nullptr) continue;
      for (int64_t k = 0; k < kLanes; ++k) y[i + k] = e[k];
    }
    if (i < n) {
      // The lanes past the end add exp(-infinity) = 0.
      for (int64_t k = 0; k < kLanes; ++k) e[k] = i + k < n ? x[i + k] : -math::kInfinity;
      exponentials(e, sums, e, maximum);
      for (int64_t k = 0; y != nullptr && i + k < n; ++k) y[i + k] = e[k];
    }
    for (int64_t half = kLanes / 2; half > 0; half /= 2) {
      for (int64_t k = 0; k < half; ++k) sums[k] += sums[k + half];
    }
    *result = {maximum, sums[0]};
  }
};

}  // namespace

SoftmaxSums softmax_sums(float* y, const float* x, int64_t n) {
  SoftmaxSums sums;
  multiversion<Row>(&sums, y, x, n);
  return sums;
}

Status prepare_softmax(Call& call) {
  EDGERT_CHECK(call, call.input_count == 1 && call.output_count == 1, "needs x and y");
  const Tensor& x = *call.inputs[0];
  const Tensor& y = *call.outputs[0];
  EDGERT_CHECK(call, x.dtype == DType::kF32 && y.dtype == DType::kF32, "x and y must be f32");
  EDGERT_CHECK(call, x.rank == 3 && y.rank == 3, "x and y need three dimensions");
  for (int i = 0; i < 3; ++i) EDGERT_CHECK(call, x.dims[i] == y.dims[i], "x and y differ in dims");
  if (x.count == 0) {
    call.tiles = 0;
    return Status::kOk;
  }
  const int64_t rows_per_tile = std::max<int64_t>(1, kSoftmaxTileElements / x.dims[1]);
  call.tiles = (int64_t{x.dims[0]} * x.dims[2] + rows_per_tile - 1) / rows_per_tile;
  call.scratch_bytes = static_cast<uint64_t>(x.dims[1]) * sizeof(float);
  return Status::kOk;
}

}  // namespace edgert
