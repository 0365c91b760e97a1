// The last steps of docs/kernels.md, Requantization, in plain C++ that compilers vectorize.
#ifndef EDGERT_KERNELS_REQUANTIZE_H_
#define EDGERT_KERNELS_REQUANTIZE_H_

#include <cstdint>
#include <cstring>

#include "kernels/multiversion.h"

namespace edgert {

// clamp(t, min, max) rounded half to even, for bounds within +-2^21. NaN gives min. (t is the
// result of an operation, hence no signaling NaN, for which fmax differs.)
EDGERT_INLINE int32_t round_clamped(float t, float min, float max) {
#if defined(__aarch64__)
  t = __builtin_fminf(__builtin_fmaxf(t, min), max);  // FMAXNM, FMINNM: one instruction each
#else
  t = t > min ? t : min;
  t = t < max ? t : max;
#endif
  const float shifted = t + 12582912.0f;  // 1.5 * 2^23: its last mantissa bit counts ones
  int32_t bits;
  std::memcpy(&bits, &shifted, sizeof(bits));
  return bits - 0x4b400000;
}

}  // namespace edgert

#endif  // EDGERT_KERNELS_REQUANTIZE_H_
