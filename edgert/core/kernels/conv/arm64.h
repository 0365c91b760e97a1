// Instructions of 64-bit ARM, for the inner loops of the INT8 families.
//
// Everything is in an anonymous namespace, because files of different instruction sets include it.
#ifndef EDGERT_KERNELS_CONV_ARM64_H_
#define EDGERT_KERNELS_CONV_ARM64_H_

#include <arm_neon.h>

#include <cstdint>

#include "kernels/multiversion.h"

namespace edgert {
namespace {

// Inner loops are written with one-instruction volatile statements, which keep their order. Left to
// themselves, schedulers move all loads of an unrolled loop to its top (which spills accumulators)
// and put dependent products side by side; in-order cores execute what is written here.

// p[0], p[1] with p = base + Offset bytes.
template <int Offset, typename Vector>
EDGERT_INLINE void load_pair(Vector& v0, Vector& v1, const void* base) {
  asm volatile("ldp %q0, %q1, [%2, %3]"
               : "=w"(v0), "=w"(v1)
               : "r"(base), "i"(Offset),
                 "m"(*reinterpret_cast<const uint8_t(*)[Offset + 32]>(base)));
}

template <int Offset>
EDGERT_INLINE void load_broadcast(int8x16_t& v, const int8_t* base) {
  asm volatile("ld1r {%0.4s}, %1"
               : "=w"(v)
               : "Q"(*reinterpret_cast<const uint8_t(*)[4]>(base + Offset)));
}

// Products of 16 pairs of bytes: of the low halves in t[0], of the high halves in t[1]. With
// weights in [-127, 127] the sum of two products fits 16 bits.
EDGERT_INLINE void smull(int16x8_t (&t)[2], int8x16_t w, int8x16_t x) {
  asm volatile("smull %0.8h, %1.8b, %2.8b" : "=w"(t[0]) : "w"(w), "w"(x));
  asm volatile("smull2 %0.8h, %1.16b, %2.16b" : "=w"(t[1]) : "w"(w), "w"(x));
}
EDGERT_INLINE void smlal(int16x8_t (&t)[2], int8x16_t w, int8x16_t x) {
  asm volatile("smlal %0.8h, %1.8b, %2.8b" : "+w"(t[0]) : "w"(w), "w"(x));
  asm volatile("smlal2 %0.8h, %1.16b, %2.16b" : "+w"(t[1]) : "w"(w), "w"(x));
}
EDGERT_INLINE void saddw(int32x4_t (&acc)[4], const int16x8_t (&t)[2]) {
  asm volatile("saddw %0.4s, %0.4s, %1.4h" : "+w"(acc[0]) : "w"(t[0]));
  asm volatile("saddw2 %0.4s, %0.4s, %1.8h" : "+w"(acc[1]) : "w"(t[0]));
  asm volatile("saddw %0.4s, %0.4s, %1.4h" : "+w"(acc[2]) : "w"(t[1]));
  asm volatile("saddw2 %0.4s, %0.4s, %1.8h" : "+w"(acc[3]) : "w"(t[1]));
}

// ---- loads that step behind what they loaded ----
//
// They return values, because g++ keeps what they would write through a reference in memory.

EDGERT_INLINE int8x16_t load_32(const int8_t*& from, int8x16_t& second) {
  const int8_t* p = from;
  int8x16_t v0, v1;
  asm volatile("ldp %q0, %q1, [%2], #32"
               : "=w"(v0), "=w"(v1), "+r"(p)
               : "m"(*reinterpret_cast<const uint8_t(*)[32]>(p)));
  from = p;
  second = v1;
  return v0;
}
// 4, 8 or 16 bytes, followed by zeros.
template <int kBytes>
EDGERT_INLINE int8x16_t load(const int8_t*& from) {
  const int8_t* p = from;
  const auto& bytes = *reinterpret_cast<const uint8_t(*)[kBytes]>(p);
  int8x16_t v;
  if constexpr (kBytes == 16) {
    asm volatile("ldr %q0, [%1], #16" : "=w"(v), "+r"(p) : "m"(bytes));
  } else if constexpr (kBytes == 8) {
    asm volatile("ldr %d0, [%1], #8" : "=w"(v), "+r"(p) : "m"(bytes));
  } else {
    static_assert(kBytes == 4);
    asm volatile("ldr %s0, [%1], #4" : "=w"(v), "+r"(p) : "m"(bytes));
  }
  from = p;
  return v;
}

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_ARM64_H_
