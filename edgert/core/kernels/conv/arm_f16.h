// What the ARM variants of gemm_f16 and depthwise_f16 share: arm_f32.h in halves. Included by files
// compiled for one instruction set, hence the anonymous namespace.
#ifndef EDGERT_KERNELS_CONV_ARM_F16_H_
#define EDGERT_KERNELS_CONV_ARM_F16_H_

#include <arm_neon.h>

#include <cstdint>

#include "kernels/conv/unroll.h"
#include "kernels/half.h"
#include "kernels/multiversion.h"

namespace edgert {
namespace {

EDGERT_INLINE void fmla(float16x8_t& acc, float16x8_t a, float16x8_t b) {
  asm volatile("fmla %0.8h, %1.8h, %2.8h" : "+w"(acc) : "w"(a), "w"(b));
}
// b is one of the first 16 registers: the instruction has four bits for it.
template <int Lane>
EDGERT_INLINE void fmla(float16x8_t& acc, float16x8_t a, float16x8_t b) {
  asm volatile("fmla %0.8h, %1.8h, %2.h[%3]" : "+w"(acc) : "w"(a), "x"(b), "i"(Lane));
}

// One vector, or two that follow each other, of the halves p[0] ... p[N - 1]: those at p, which
// moves on by N halves ...
template <int N>
EDGERT_INLINE void load_next(float16x8_t (&v)[1], const Half*& p) {
  asm volatile("ldr %q0, [%1]" : "=w"(v[0]) : "r"(p), "m"(*reinterpret_cast<const Half(*)[N]>(p)));
  p += N;
}
template <int N>
EDGERT_INLINE void load_next(float16x8_t (&v)[2], const Half*& p) {
  asm volatile("ldp %q0, %q1, [%2], %3"
               : "=w"(v[0]), "=w"(v[1]), "+r"(p)
               : "i"(N * 2), "m"(*reinterpret_cast<const Half(*)[N]>(p)));
}
// ... and those at p + Offset bytes. (To the compiler, load_next has read all of them.)
template <int Offset>
EDGERT_INLINE void load_also(float16x8_t (&v)[1], const Half* p) {
  asm volatile("ldr %q0, [%1, %2]" : "=w"(v[0]) : "r"(p), "i"(Offset));
}
template <int Offset>
EDGERT_INLINE void load_also(float16x8_t (&v)[2], const Half* p) {
  asm volatile("ldp %q0, %q1, [%2, %3]" : "=w"(v[0]), "=w"(v[1]) : "r"(p), "i"(Offset));
}

EDGERT_INLINE float16x8_t narrow(float32x4_t low, float32x4_t high) {
  return vcvt_high_f16_f32(vcvt_f16_f32(low), high);
}

// What the last step of both families does. Rounding is monotone: clamping to rounded bounds is
// rounding what is clamped.
class Clamp {
 public:
  template <typename Args>
  explicit EDGERT_INLINE Clamp(const Args& args)
      : low_(all(args.act_min)), high_(all(args.act_max)) {}
  EDGERT_INLINE float16x8_t operator()(float16x8_t t) const {
    return vminq_f16(vmaxq_f16(t, low_), high_);
  }

 private:
  static EDGERT_INLINE float16x8_t all(float x) {
    const float32x4_t v = vdupq_n_f32(x);
    return narrow(v, v);
  }

  float16x8_t low_;
  float16x8_t high_;
};

EDGERT_INLINE const float16_t* halves(const Half* p) {
  return reinterpret_cast<const float16_t*>(p);
}

// The first n <= 8 halves, followed by zeros; the first n <= 8.
EDGERT_INLINE float16x8_t load_first(const Half* p, int32_t n) {
  if (n >= 8) return vld1q_f16(halves(p));
  uint16x8_t v = vdupq_n_u16(0);
  v = vld1q_lane_u16(p, v, 0);
  if (n > 1) v = vld1q_lane_u16(p + 1, v, 1);
  if (n > 2) v = vld1q_lane_u16(p + 2, v, 2);
  if (n > 3) v = vld1q_lane_u16(p + 3, v, 3);
  if (n > 4) v = vld1q_lane_u16(p + 4, v, 4);
  if (n > 5) v = vld1q_lane_u16(p + 5, v, 5);
  if (n > 6) v = vld1q_lane_u16(p + 6, v, 6);
  return vreinterpretq_f16_u16(v);
}
EDGERT_INLINE void store_first(Half* p, float16x8_t values, int32_t n) {
  const uint16x8_t v = vreinterpretq_u16_f16(values);
  if (n >= 8) return vst1q_u16(p, v);
  vst1q_lane_u16(p, v, 0);
  if (n > 1) vst1q_lane_u16(p + 1, v, 1);
  if (n > 2) vst1q_lane_u16(p + 2, v, 2);
  if (n > 3) vst1q_lane_u16(p + 3, v, 3);
  if (n > 4) vst1q_lane_u16(p + 4, v, 4);
  if (n > 5) vst1q_lane_u16(p + 5, v, 5);
  if (n > 6) vst1q_lane_u16(p + 6, v, 6);
}

// Vectors that follow each other; in pairs, which g++ does not make of intrinsics.
EDGERT_INLINE void load_vectors(float16x8_t (&v)[1], const Half* p) { v[0] = vld1q_f16(halves(p)); }
EDGERT_INLINE void load_vectors(float16x8_t (&v)[2], const Half* p) {
  asm("ldp %q0, %q1, [%2]"
      : "=w"(v[0]), "=w"(v[1])
      : "r"(p), "m"(*reinterpret_cast<const Half(*)[16]>(p)));
}
EDGERT_INLINE void load_in_order(float16x8_t (&v)[1], const Half* p) {
  asm volatile("ldr %q0, [%1]" : "=w"(v[0]) : "r"(p), "m"(*reinterpret_cast<const Half(*)[8]>(p)));
}
EDGERT_INLINE void load_in_order(float16x8_t (&v)[2], const Half* p) {
  asm volatile("ldp %q0, %q1, [%2]"
               : "=w"(v[0]), "=w"(v[1])
               : "r"(p), "m"(*reinterpret_cast<const Half(*)[16]>(p)));
}
EDGERT_INLINE void store_vectors(Half* p, const float16x8_t (&v)[1]) {
  vst1q_u16(p, vreinterpretq_u16_f16(v[0]));
}
EDGERT_INLINE void store_vectors(Half* p, const float16x8_t (&v)[2]) {
  asm("stp %q2, %q3, [%1]"
      : "=m"(*reinterpret_cast<Half(*)[16]>(p))
      : "r"(p), "w"(v[0]), "w"(v[1]));
}

// Floats that follow each other, narrowed.
template <int V>
EDGERT_INLINE void load_narrowed(float16x8_t (&v)[V], const float* p) {
  EDGERT_UNROLL for (int i = 0; i < V; ++i) {
    v[i] = narrow(vld1q_f32(p + 8 * i), vld1q_f32(p + 8 * i + 4));
  }
}

EDGERT_INLINE float16x8_t multiply_add(float16x8_t sum, float16x8_t a, float16x8_t b) {
  return vfmaq_f16(sum, a, b);
}
EDGERT_INLINE float16x8_t add(float16x8_t a, float16x8_t b) { return vaddq_f16(a, b); }

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_ARM_F16_H_
