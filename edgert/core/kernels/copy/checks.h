// Checks that kernels share.
#ifndef EDGERT_KERNELS_COPY_CHECKS_H_
#define EDGERT_KERNELS_COPY_CHECKS_H_

#include <algorithm>

#include "runtime/tensor.h"

namespace edgert {

inline bool same_dims(const Tensor& a, const Tensor& b) {
  return a.rank == b.rank && std::equal(a.dims, a.dims + a.rank, b.dims);
}

inline bool is_one(const Tensor& tensor, DType dtype) {
  return tensor.dtype == dtype && tensor.count == 1;
}

// No dimension repeats its elements.
inline bool is_writable(const Tensor& tensor) {
  for (int32_t i = 0; i < tensor.rank; ++i) {
    if (tensor.dims[i] > 1 && tensor.strides[i] == 0) return false;
  }
  return true;
}

}  // namespace edgert

#endif  // EDGERT_KERNELS_COPY_CHECKS_H_
