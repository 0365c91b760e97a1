// arm_neon.h, and in 32 bits those of its functions that only 64-bit ARM has and that are used
// here.
//
// Everything is in an anonymous namespace, because files of different instruction sets include it.
#ifndef EDGERT_KERNELS_NEON_H_
#define EDGERT_KERNELS_NEON_H_

#include <arm_neon.h>

#include "kernels/multiversion.h"

namespace edgert {
namespace {

#if defined(__aarch64__)
// Both, saturated.
EDGERT_INLINE int16x8_t narrow(int32x4_t low, int32x4_t high) {
  return vqmovn_high_s32(vqmovn_s32(low), high);
}
EDGERT_INLINE int8x16_t narrow(int16x8_t low, int16x8_t high) {
  return vqmovn_high_s16(vqmovn_s16(low), high);
}
#else
EDGERT_INLINE int16x8_t narrow(int32x4_t low, int32x4_t high) {
  int16x8_t v;
  asm("vqmovn.s32 %e0, %q1\n\tvqmovn.s32 %f0, %q2" : "=&w"(v) : "w"(low), "w"(high));
  return v;
}
EDGERT_INLINE int8x16_t narrow(int16x8_t low, int16x8_t high) {
  int8x16_t v;
  asm("vqmovn.s16 %e0, %q1\n\tvqmovn.s16 %f0, %q2" : "=&w"(v) : "w"(low), "w"(high));
  return v;
}

EDGERT_INLINE int16x8_t vmovl_high_s8(int8x16_t v) { return vmovl_s8(vget_high_s8(v)); }
EDGERT_INLINE int32x4_t vmovl_high_s16(int16x8_t v) { return vmovl_s16(vget_high_s16(v)); }
// g++ moves the halves of a vcombine.
EDGERT_INLINE int32x4_t vpaddq_s32(int32x4_t a, int32x4_t b) {
  int32x4_t sums;
  asm("vpadd.i32 %e0, %e1, %f1\n\tvpadd.i32 %f0, %e2, %f2" : "=&w"(sums) : "w"(a), "w"(b));
  return sums;
}
EDGERT_INLINE int8x16_t vqtbl1q_s8(int8x16_t table, uint8x16_t index) {
  const int8x8x2_t halves = {{vget_low_s8(table), vget_high_s8(table)}};
  return vcombine_s8(vtbl2_s8(halves, vreinterpret_s8_u8(vget_low_u8(index))),
                     vtbl2_s8(halves, vreinterpret_s8_u8(vget_high_u8(index))));
}

#endif

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_NEON_H_
