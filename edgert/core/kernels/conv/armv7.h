// Instructions of 32-bit NEON, for the inner loops of the INT8 families.
//
// Everything is in an anonymous namespace, because files of different instruction sets include it.
#ifndef EDGERT_KERNELS_CONV_ARMV7_H_
#define EDGERT_KERNELS_CONV_ARMV7_H_

#include "kernels/conv/unroll.h"
#include "kernels/neon.h"

namespace edgert {
namespace {

// Products of 16 pairs of bytes: of the low halves in t[0], of the high halves in t[1]. With
// weights in [-127, 127] the sum of two products fits 16 bits.
EDGERT_INLINE void smull(int16x8_t (&t)[2], int8x16_t w, int8x16_t x) {
  t[0] = vmull_s8(vget_low_s8(w), vget_low_s8(x));
  t[1] = vmull_s8(vget_high_s8(w), vget_high_s8(x));
}
EDGERT_INLINE void smlal(int16x8_t (&t)[2], int8x16_t w, int8x16_t x) {
  t[0] = vmlal_s8(t[0], vget_low_s8(w), vget_low_s8(x));
  t[1] = vmlal_s8(t[1], vget_high_s8(w), vget_high_s8(x));
}
EDGERT_INLINE void saddw(int32x4_t (&acc)[4], const int16x8_t (&t)[2]) {
  EDGERT_UNROLL for (int i = 0; i < 2; ++i) {
    acc[2 * i] = vaddw_s16(acc[2 * i], vget_low_s16(t[i]));
    acc[2 * i + 1] = vaddw_s16(acc[2 * i + 1], vget_high_s16(t[i]));
  }
}

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_ARMV7_H_
