// Run-time indices: reading them, and the error of one that is out of range.
#ifndef EDGERT_KERNELS_INDEX_INDICES_H_
#define EDGERT_KERNELS_INDEX_INDICES_H_

#include "runtime/kernel.h"

namespace edgert {

inline bool is_index_type(DType dtype) { return dtype == DType::kS32 || dtype == DType::kS64; }

// The element at `offset` (in elements) of a tensor of an index type.
inline int64_t index_at(const Tensor& indices, int64_t offset) {
  return indices.dtype == DType::kS32 ? indices.as<int32_t>()[offset]
                                      : indices.as<int64_t>()[offset];
}

// Writes the error of an index outside of [-size, size), or of [0, size) where only that is meant.
inline Status out_of_range(const Call& call, int64_t index, int64_t size) {
  return fail(call.error, Status::kRuntime,
              "call '%.80s' (%s): index %lld is out of range for %lld entries", call.name,
              call.kernel->name(), static_cast<long long>(index), static_cast<long long>(size));
}

}  // namespace edgert

#endif  // EDGERT_KERNELS_INDEX_INDICES_H_
