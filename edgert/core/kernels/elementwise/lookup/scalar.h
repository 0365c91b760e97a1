// The loop that vector variants of lookup use for what is too short for them.
//
// In an anonymous namespace, because files of different instruction sets include it.
#ifndef EDGERT_KERNELS_ELEMENTWISE_LOOKUP_SCALAR_H_
#define EDGERT_KERNELS_ELEMENTWISE_LOOKUP_SCALAR_H_

#include <cstdint>

namespace edgert {
namespace {

inline void lookup_scalar(const uint8_t* table, const uint8_t* x, uint8_t* y, int64_t n) {
  int64_t i = 0;
  for (; i + 4 <= n; i += 4) {  // loads before stores, which the compiler must take to alias
    const uint8_t y0 = table[x[i]], y1 = table[x[i + 1]], y2 = table[x[i + 2]],
                  y3 = table[x[i + 3]];
    y[i] = y0, y[i + 1] = y1, y[i + 2] = y2, y[i + 3] = y3;
  }
  for (; i < n; ++i) y[i] = table[x[i]];
}

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_ELEMENTWISE_LOOKUP_SCALAR_H_
