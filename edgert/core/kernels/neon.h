// arm_neon.h, and in 32 bits those of its functions that only 64-bit ARM has and that are used
// here.
//
// Everything is in an anonymous namespace, because files of different instruction sets include it.
#ifndef EDGERT_KERNELS_NEON_H_
#define EDGERT_KERNELS_NEON_H_

#include <arm_neon.h>

#include "kernels/multiversion.h"

#if !defined(__aarch64__)
namespace edgert {
namespace {

EDGERT_INLINE int16x8_t vmovl_high_s8(int8x16_t v) { return vmovl_s8(vget_high_s8(v)); }
EDGERT_INLINE int32x4_t vmovl_high_s16(int16x8_t v) { return vmovl_s16(vget_high_s16(v)); }
EDGERT_INLINE int16x8_t vqmovn_high_s32(int16x4_t low, int32x4_t v) {
  return vcombine_s16(low, vqmovn_s32(v));
}
EDGERT_INLINE int8x16_t vqmovn_high_s16(int8x8_t low, int16x8_t v) {
  return vcombine_s8(low, vqmovn_s16(v));
}
EDGERT_INLINE int32x4_t vpaddq_s32(int32x4_t a, int32x4_t b) {
  return vcombine_s32(vpadd_s32(vget_low_s32(a), vget_high_s32(a)),
                      vpadd_s32(vget_low_s32(b), vget_high_s32(b)));
}
EDGERT_INLINE int8x16_t vqtbl1q_s8(int8x16_t table, uint8x16_t index) {
  const int8x8x2_t halves = {{vget_low_s8(table), vget_high_s8(table)}};
  return vcombine_s8(vtbl2_s8(halves, vreinterpret_s8_u8(vget_low_u8(index))),
                     vtbl2_s8(halves, vreinterpret_s8_u8(vget_high_u8(index))));
}

}  // namespace
}  // namespace edgert
#endif

#endif  // EDGERT_KERNELS_NEON_H_
