// Integer arithmetic without undefined cases, for the s64 side of elementwise operators.
#ifndef EDGERT_KERNELS_ELEMENTWISE_INTEGERS_H_
#define EDGERT_KERNELS_ELEMENTWISE_INTEGERS_H_

#include <cstdint>

#include "kernels/multiversion.h"

namespace edgert {

// Sums and products wrap: compute them on bits().
EDGERT_INLINE uint64_t bits(int64_t x) { return static_cast<uint64_t>(x); }
EDGERT_INLINE int64_t wrap(uint64_t x) { return static_cast<int64_t>(x); }

EDGERT_INLINE int64_t divide(int64_t a, int64_t b) {
  if (b == 0) return 0;
  return b == -1 ? wrap(-bits(a)) : a / b;
}

// a - divide(a, b) * b, but 0 where b is 0.
EDGERT_INLINE int64_t remainder(int64_t a, int64_t b) { return b == 0 || b == -1 ? 0 : a % b; }

// Toward zero; saturates, NaN is 0.
EDGERT_INLINE int64_t integer(float x) {
  if (x != x) return 0;
  if (x >= 0x1p63f) return INT64_MAX;
  return x < -0x1p63f ? INT64_MIN : static_cast<int64_t>(x);
}

}  // namespace edgert

#endif  // EDGERT_KERNELS_ELEMENTWISE_INTEGERS_H_
