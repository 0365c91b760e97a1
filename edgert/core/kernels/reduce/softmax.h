// The loops of softmax and log_softmax over rows: the middle dimension of [outer, n, inner].
//
// Maximum and sum run in 16 interleaved lanes, and exp and log are those of math.h: the bits are
// the same on every machine.
#ifndef EDGERT_KERNELS_REDUCE_SOFTMAX_H_
#define EDGERT_KERNELS_REDUCE_SOFTMAX_H_

#include <algorithm>

#include "kernels/elementwise/math.h"
#include "kernels/multiversion.h"
#include "runtime/kernel.h"

namespace edgert {

constexpr int64_t kSoftmaxLanes = 16;
constexpr int64_t kSoftmaxTileElements = 8192;

EDGERT_INLINE float row_maximum(const float* x, int64_t n) {
  float lanes[kSoftmaxLanes];
  for (float& lane : lanes) lane = x[0];
  int64_t i = 0;
  for (; i + kSoftmaxLanes <= n; i += kSoftmaxLanes) {
    for (int64_t k = 0; k < kSoftmaxLanes; ++k)
      lanes[k] = x[i + k] > lanes[k] ? x[i + k] : lanes[k];
  }
  for (; i < n; ++i) lanes[0] = x[i] > lanes[0] ? x[i] : lanes[0];
  for (int64_t k = 1; k < kSoftmaxLanes; ++k) lanes[0] = lanes[k] > lanes[0] ? lanes[k] : lanes[0];
  return lanes[0];
}

// y[i] = exp(x[i] - maximum), and their sum. y may be x.
EDGERT_INLINE float exponentials(float* y, const float* x, int64_t n, float maximum) {
  float lanes[kSoftmaxLanes] = {};
  int64_t i = 0;
  for (; i + kSoftmaxLanes <= n; i += kSoftmaxLanes) {
    float e[kSoftmaxLanes];
    for (int64_t k = 0; k < kSoftmaxLanes; ++k) e[k] = math::exp(x[i + k] - maximum);
    for (int64_t k = 0; k < kSoftmaxLanes; ++k) lanes[k] += e[k];
    for (int64_t k = 0; k < kSoftmaxLanes; ++k) y[i + k] = e[k];
  }
  for (int64_t k = 0; i < n; ++i, ++k) {
    y[i] = math::exp(x[i] - maximum);
    lanes[k] += y[i];
  }
  for (int64_t half = kSoftmaxLanes / 2; half > 0; half /= 2) {
    for (int64_t k = 0; k < half; ++k) lanes[k] += lanes[k + half];
  }
  return lanes[0];
}

inline Status prepare_softmax(Call& call) {
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
  call.scratch_bytes = static_cast<size_t>(x.dims[1]) * sizeof(float);
  return Status::kOk;
}

// Row::run(float* y, const float* x, int64_t n), for y the same as x too.
template <typename Row>
Status run_softmax(const Call& call, int64_t begin, int64_t end, std::byte* scratch) {
  const Tensor& x = *call.inputs[0];
  Tensor& y = *call.outputs[0];
  float* dense = reinterpret_cast<float*>(scratch);
  const int64_t n = x.dims[1];
  const int64_t inner = x.dims[2];
  const int64_t rows_per_tile = std::max<int64_t>(1, kSoftmaxTileElements / n);
  const int64_t last = std::min(end * rows_per_tile, x.dims[0] * inner);
  for (int64_t row = begin * rows_per_tile; row < last; ++row) {
    const float* from = x.as<float>() + row / inner * x.strides[0] + row % inner * x.strides[2];
    float* to = y.as<float>() + row / inner * y.strides[0] + row % inner * y.strides[2];
    if (x.strides[1] == 1 && y.strides[1] == 1) {
      multiversion<Row>(to, from, n);
      continue;
    }
    for (int64_t i = 0; i < n; ++i) dense[i] = from[i * x.strides[1]];
    multiversion<Row>(dense, static_cast<const float*>(dense), n);
    for (int64_t i = 0; i < n; ++i) to[i * y.strides[1]] = dense[i];
  }
  return Status::kOk;
}

}  // namespace edgert

#endif  // EDGERT_KERNELS_REDUCE_SOFTMAX_H_
