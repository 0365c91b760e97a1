// The loops of softmax and log_softmax over rows: the middle dimension of [outer, n, inner].
#ifndef EDGERT_KERNELS_REDUCE_SOFTMAX_H_
#define EDGERT_KERNELS_REDUCE_SOFTMAX_H_

#include <algorithm>

#include "runtime/kernel.h"

namespace edgert {

// Of a row x: its maximum, and the sum of exp(x[i] - maximum).
struct SoftmaxSums {
  float maximum;
  float sum;
};
// Stores the exponentials in y unless that is nullptr. y may be x.
SoftmaxSums softmax_sums(float* y, const float* x, int64_t n);

constexpr int64_t kSoftmaxTileElements = 8192;

Status prepare_softmax(Call& call);

// row_function(y, x, n) computes one row, where y may be x.
template <void (*row_function)(float* y, const float* x, int64_t n)>
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
      row_function(to, from, n);
      continue;
    }
    for (int64_t i = 0; i < n; ++i) dense[i] = from[i * x.strides[1]];
    row_function(dense, dense, n);
    for (int64_t i = 0; i < n; ++i) to[i * y.strides[1]] = dense[i];
  }
  return Status::kOk;
}

}  // namespace edgert

#endif  // EDGERT_KERNELS_REDUCE_SOFTMAX_H_
