// What a kernel sees of a tensor: where it lies and how its elements are spaced.
#ifndef EDGERT_RUNTIME_TENSOR_H_
#define EDGERT_RUNTIME_TENSOR_H_

#include <cstddef>
#include <cstdint>

#include "edgert.h"

namespace edgert {

enum class DType : uint8_t {
  kF32 = EDGERT_F32,
  kS8,
  kU8,
  kS16,
  kU16,
  kS32,
  kU32,
  kS64,
  kU64,
  kF16,
  kF64,
  kBool,
  kBF16,
  kF8E4M3FN,
  kF8E4M3FNUZ,
  kF8E5M2,
  kF8E5M2FNUZ,
  kF8E8M0,
  kF4E2M1,
  kS4,
  kU4,
  kS2,
  kU2,
};

constexpr size_t dtype_size(DType dtype) {
  switch (dtype) {
    case DType::kS8:
    case DType::kU8:
    case DType::kBool:
    case DType::kF8E4M3FN:
    case DType::kF8E4M3FNUZ:
    case DType::kF8E5M2:
    case DType::kF8E5M2FNUZ:
    case DType::kF8E8M0:
    case DType::kF4E2M1:
    case DType::kS4:
    case DType::kU4:
    case DType::kS2:
    case DType::kU2:
      return 1;
    case DType::kS16:
    case DType::kU16:
    case DType::kF16:
    case DType::kBF16:
      return 2;
    case DType::kF32:
    case DType::kS32:
    case DType::kU32:
      return 4;
    case DType::kS64:
    case DType::kU64:
    case DType::kF64:
      return 8;
  }
  return 0;
}

// The loader has proved that every element reachable through dims and strides lies inside its
// storage.
struct Tensor {
  void* data = nullptr;  // element 0
  DType dtype = DType::kF32;
  bool contiguous = true;  // row-major without gaps
  bool constant = false;   // read-only, bytes known at load
  int32_t rank = 0;
  int32_t dims[EDGERT_MAX_RANK] = {};     // physical order, outermost first; each >= 1
  int64_t strides[EDGERT_MAX_RANK] = {};  // in elements
  int64_t count = 0;                      // product of dims

  template <typename T>
  const T* as() const {
    return static_cast<const T*>(data);
  }
  template <typename T>
  T* as() {
    return static_cast<T*>(data);
  }
  size_t bytes() const { return static_cast<size_t>(count) * dtype_size(dtype); }
};

}  // namespace edgert

#endif  // EDGERT_RUNTIME_TENSOR_H_
