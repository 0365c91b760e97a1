#include "kernels/index/scatter_rows.h"

#include <type_traits>

namespace edgert {
namespace {

struct Replace {
  template <typename T>
  static T combine(T, T update) {
    return update;
  }
};

struct Add {
  template <typename T>
  static T combine(T a, T b) {
    return static_cast<T>(a + b);
  }
};

struct Mul {
  template <typename T>
  static T combine(T a, T b) {
    return static_cast<T>(a * b);
  }
};

struct Min {
  template <typename T>
  static T combine(T a, T b) {
    return a < b || a != a ? a : b;
  }
};

struct Max {
  template <typename T>
  static T combine(T a, T b) {
    return a > b || a != a ? a : b;
  }
};

template <typename Op, typename T>
void row(void* y, const int64_t* offsets, int64_t y_stride, const void* x, int64_t x_stride,
         int64_t n) {
  T* to = static_cast<T*>(y);
  const T* from = static_cast<const T*>(x);
  if (offsets != nullptr) {
    for (int64_t j = 0; j < n; ++j) {
      to[offsets[j]] = Op::combine(to[offsets[j]], from[j * x_stride]);
    }
    return;
  }
  for (int64_t j = 0; j < n; ++j) {
    to[j * y_stride] = Op::combine(to[j * y_stride], from[j * x_stride]);
  }
}

ScatterRow replacing_row(DType dtype) {
  switch (dtype_size(dtype)) {
    case 1:
      return row<Replace, uint8_t>;
    case 2:
      return row<Replace, uint16_t>;
    case 4:
      return row<Replace, uint32_t>;
    default:
      return row<Replace, uint64_t>;
  }
}

// Sums and products of integers are those of the unsigned type: overflow wraps.
template <typename Op, typename S32, typename S64>
ScatterRow combining_row(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return row<Op, float>;
    case DType::kF64:
      return row<Op, double>;
    case DType::kS32:
      return row<Op, S32>;
    case DType::kS64:
      return row<Op, S64>;
    default:
      return nullptr;
  }
}

}  // namespace

ScatterRow scatter_row(DType dtype, int32_t reduction) {
  switch (static_cast<Reduction>(reduction)) {
    case Reduction::kNone:
      return replacing_row(dtype);
    case Reduction::kAdd:
      return combining_row<Add, uint32_t, uint64_t>(dtype);
    case Reduction::kMul:
      return combining_row<Mul, uint32_t, uint64_t>(dtype);
    case Reduction::kMin:
      return combining_row<Min, int32_t, int64_t>(dtype);
    case Reduction::kMax:
      return combining_row<Max, int32_t, int64_t>(dtype);
  }
  return nullptr;
}

}  // namespace edgert
