// Checks that the kernels of this family share.
#ifndef EDGERT_KERNELS_COPY_CHECKS_H_
#define EDGERT_KERNELS_COPY_CHECKS_H_

#include <algorithm>

#include "runtime/tensor.h"

namespace edgert {

inline bool same_dims(const Tensor& a, const Tensor& b) {
  return a.rank == b.rank && std::equal(a.dims, a.dims + a.rank, b.dims);
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
