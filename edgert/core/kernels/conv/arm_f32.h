// What the ARM variants of gemm_f32 and depthwise_f32 share, in 32 and 64 bits. Included by files
// compiled for one instruction set, hence the anonymous namespace.
//
// Inner loops are written with one-instruction volatile statements, which keep their order: see
// arm64.h. In 32 bits, products are rounded before they are added: CPUs like Cortex-A9 have no
// fused multiply-add.
#ifndef EDGERT_KERNELS_CONV_ARM_F32_H_
#define EDGERT_KERNELS_CONV_ARM_F32_H_

#include <arm_neon.h>

#include <cstdint>

#include "kernels/conv/unroll.h"
#include "kernels/multiversion.h"

namespace edgert {
namespace {

// What the last step of both families does.
class Clamp {
 public:
  template <typename Args>
  explicit EDGERT_INLINE Clamp(const Args& args)
      : low_(vdupq_n_f32(args.act_min)), high_(vdupq_n_f32(args.act_max)) {}
  EDGERT_INLINE float32x4_t operator()(float32x4_t t) const {
    return vminq_f32(vmaxq_f32(t, low_), high_);
  }

 private:
  float32x4_t low_;
  float32x4_t high_;
};

// The first n <= 4 floats, followed by zeros; the first n <= 4.
EDGERT_INLINE float32x4_t load_first(const float* p, int32_t n) {
  if (n >= 4) return vld1q_f32(p);
  float32x4_t v = vld1q_lane_f32(p, vdupq_n_f32(0.0f), 0);
  if (n > 1) v = vld1q_lane_f32(p + 1, v, 1);
  return n > 2 ? vld1q_lane_f32(p + 2, v, 2) : v;
}
EDGERT_INLINE void store_first(float* p, float32x4_t v, int32_t n) {
  if (n >= 4) return vst1q_f32(p, v);
  vst1q_lane_f32(p, v, 0);
  if (n > 1) vst1q_lane_f32(p + 1, v, 1);
  if (n > 2) vst1q_lane_f32(p + 2, v, 2);
}

#if defined(__aarch64__)

EDGERT_INLINE void fmla(float32x4_t& acc, float32x4_t a, float32x4_t b) {
  asm volatile("fmla %0.4s, %1.4s, %2.4s" : "+w"(acc) : "w"(a), "w"(b));
}
template <int Lane>
EDGERT_INLINE void fmla(float32x4_t& acc, float32x4_t a, float32x4_t b) {
  asm volatile("fmla %0.4s, %1.4s, %2.s[%3]" : "+w"(acc) : "w"(a), "w"(b), "i"(Lane));
}

// One vector, or two that follow each other, of the floats p[0] ... p[N - 1]: those at p, which
// moves on by N floats ...
template <int N>
EDGERT_INLINE void load_next(float32x4_t (&v)[1], const float*& p) {
  asm volatile("ldr %q0, [%1]" : "=w"(v[0]) : "r"(p), "m"(*reinterpret_cast<const float(*)[N]>(p)));
  p += N;
}
template <int N>
EDGERT_INLINE void load_next(float32x4_t (&v)[2], const float*& p) {
  asm volatile("ldp %q0, %q1, [%2], %3"
               : "=w"(v[0]), "=w"(v[1]), "+r"(p)
               : "i"(N * 4), "m"(*reinterpret_cast<const float(*)[N]>(p)));
}
// ... and those at p + Offset bytes. (To the compiler, load_next has read all of them.)
template <int Offset>
EDGERT_INLINE void load_also(float32x4_t (&v)[1], const float* p) {
  asm volatile("ldr %q0, [%1, %2]" : "=w"(v[0]) : "r"(p), "i"(Offset));
}
template <int Offset>
EDGERT_INLINE void load_also(float32x4_t (&v)[2], const float* p) {
  asm volatile("ldp %q0, %q1, [%2, %3]" : "=w"(v[0]), "=w"(v[1]) : "r"(p), "i"(Offset));
}

EDGERT_INLINE float32x4_t multiply_add(float32x4_t acc, float32x4_t a, float32x4_t b) {
  return vfmaq_f32(acc, a, b);
}

// Vectors that follow each other; in pairs, which g++ does not make of intrinsics.
EDGERT_INLINE void load_vectors(float32x4_t (&v)[1], const float* p) { v[0] = vld1q_f32(p); }
EDGERT_INLINE void load_vectors(float32x4_t (&v)[2], const float* p) {
  asm("ldp %q0, %q1, [%2]"
      : "=w"(v[0]), "=w"(v[1])
      : "r"(p), "m"(*reinterpret_cast<const float(*)[8]>(p)));
}
EDGERT_INLINE void load_vectors(float32x4_t (&v)[4], const float* p) {
  asm("ldp %q0, %q1, [%4]\n\tldp %q2, %q3, [%4, #32]"
      : "=&w"(v[0]), "=&w"(v[1]), "=&w"(v[2]), "=&w"(v[3])
      : "r"(p), "m"(*reinterpret_cast<const float(*)[16]>(p)));
}
EDGERT_INLINE void load_in_order(float32x4_t (&v)[1], const float* p) {
  asm volatile("ldr %q0, [%1]" : "=w"(v[0]) : "r"(p), "m"(*reinterpret_cast<const float(*)[4]>(p)));
}
EDGERT_INLINE void load_in_order(float32x4_t (&v)[2], const float* p) {
  asm volatile("ldp %q0, %q1, [%2]"
               : "=w"(v[0]), "=w"(v[1])
               : "r"(p), "m"(*reinterpret_cast<const float(*)[8]>(p)));
}
EDGERT_INLINE void store_vectors(float* p, const float32x4_t (&v)[1]) { vst1q_f32(p, v[0]); }
EDGERT_INLINE void store_vectors(float* p, const float32x4_t (&v)[2]) {
  asm("stp %q2, %q3, [%1]"
      : "=m"(*reinterpret_cast<float(*)[8]>(p))
      : "r"(p), "w"(v[0]), "w"(v[1]));
}
EDGERT_INLINE void store_vectors(float* p, const float32x4_t (&v)[4]) {
  asm("stp %q2, %q3, [%1]\n\tstp %q4, %q5, [%1, #32]"
      : "=m"(*reinterpret_cast<float(*)[16]>(p))
      : "r"(p), "w"(v[0]), "w"(v[1]), "w"(v[2]), "w"(v[3]));
}

#else

EDGERT_INLINE void fmla(float32x4_t& acc, float32x4_t a, float32x4_t b) {
  asm volatile("vmla.f32 %q0, %q1, %q2" : "+w"(acc) : "w"(a), "w"(b));
}
template <int Lane>
EDGERT_INLINE void fmla(float32x4_t& acc, float32x4_t a, float32x4_t b) {
  if constexpr (Lane < 2) {
    asm volatile("vmla.f32 %q0, %q1, %e2[%c3]" : "+w"(acc) : "w"(a), "t"(b), "i"(Lane));
  } else {
    asm volatile("vmla.f32 %q0, %q1, %f2[%c3]" : "+w"(acc) : "w"(a), "t"(b), "i"(Lane - 2));
  }
}

EDGERT_INLINE float32x4_t multiply_add(float32x4_t acc, float32x4_t a, float32x4_t b) {
  return vmlaq_f32(acc, a, b);
}

// Vectors that follow each other.
template <int V>
EDGERT_INLINE void load_vectors(float32x4_t (&v)[V], const float* p) {
  EDGERT_UNROLL for (int i = 0; i < V; ++i) v[i] = vld1q_f32(p + 4 * i);
}
EDGERT_INLINE void load_in_order(float32x4_t (&v)[1], const float* p) {
  asm volatile("vld1.32 {%e0, %f0}, [%1]"
               : "=w"(v[0])
               : "r"(p), "m"(*reinterpret_cast<const float(*)[4]>(p)));
}
template <int V>
EDGERT_INLINE void store_vectors(float* p, const float32x4_t (&v)[V]) {
  EDGERT_UNROLL for (int i = 0; i < V; ++i) vst1q_f32(p + 4 * i, v[i]);
}

#endif

EDGERT_INLINE float32x4_t add(float32x4_t a, float32x4_t b) { return vaddq_f32(a, b); }

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_ARM_F32_H_
