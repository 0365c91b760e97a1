// What the ARM variants of the convolution families share.
//
// Everything is in an anonymous namespace, because files of different instruction sets include it.
#ifndef EDGERT_KERNELS_CONV_ARM_H_
#define EDGERT_KERNELS_CONV_ARM_H_

#include <arm_neon.h>

#include <cstdint>

#include "kernels/multiversion.h"

// In front of a loop over registers: without it g++ keeps arrays of vectors in memory.
#define EDGERT_UNROLL _Pragma("GCC unroll 32")

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

// ---- epilogue, 16 channels at a time (gemm_s8.h, Numerics) ----

// In registers, because y, being of type int8_t, might be the memory of anything.
struct Channels {
  int32x4_t bias[4];
  float32x4_t scale[4];
};

EDGERT_INLINE Channels load_channels(const int32_t* bias, const float* scale) {
  Channels channels;
  EDGERT_UNROLL for (int i = 0; i < 4; ++i) {
    channels.bias[i] = vld1q_s32(bias + 4 * i);
    channels.scale[i] = vld1q_f32(scale + 4 * i);
  }
  return channels;
}

// t = float(acc + bias) * scale
EDGERT_INLINE void scale_products(const Channels& channels, const int32_t* acc,
                                  float32x4_t (&t)[4]) {
  EDGERT_UNROLL for (int i = 0; i < 4; ++i) {
    const int32x4_t sum = vaddq_s32(vld1q_s32(acc + 4 * i), channels.bias[i]);
    t[i] = vmulq_f32(vcvtq_f32_s32(sum), channels.scale[i]);
  }
}

EDGERT_INLINE void clamp(float32x4_t (&t)[4], float low, float high) {
  EDGERT_UNROLL for (int i = 0; i < 4; ++i) {
    t[i] = vminq_f32(vmaxq_f32(t[i], vdupq_n_f32(low)), vdupq_n_f32(high));
  }
}

// The first n < 16 bytes.
inline int8x16_t load_part(const int8_t* p, int32_t n) {
  alignas(16) int8_t bytes[16] = {};
  for (int32_t i = 0; i < n; ++i) bytes[i] = p[i];
  return vld1q_s8(bytes);
}
inline void store_part(int8_t* p, int8x16_t v, int32_t n) {
  if ((n & 8) != 0) {
    vst1_s8(p, vget_low_s8(v));
    v = vextq_s8(v, v, 8);
    p += 8;
  }
  alignas(8) int8_t bytes[8];
  vst1_s8(bytes, vget_low_s8(v));
  for (int32_t i = 0; i < (n & 7); ++i) p[i] = bytes[i];
}

template <typename Args>
EDGERT_INLINE void add_residual(const Args& args, int8x16_t residual, float32x4_t (&t)[4]) {
  const int16x8_t zero_point = vdupq_n_s16(static_cast<int16_t>(args.residual_zero_point));
  const int16x8_t halves[2] = {vsubq_s16(vmovl_s8(vget_low_s8(residual)), zero_point),
                               vsubq_s16(vmovl_high_s8(residual), zero_point)};
  const float32x4_t scale = vdupq_n_f32(args.residual_scale);
  EDGERT_UNROLL for (int i = 0; i < 2; ++i) {
    const int32x4_t low = vmovl_s16(vget_low_s16(halves[i]));
    const int32x4_t high = vmovl_high_s16(halves[i]);
    t[2 * i] = vaddq_f32(t[2 * i], vmulq_f32(vcvtq_f32_s32(low), scale));
    t[2 * i + 1] = vaddq_f32(t[2 * i + 1], vmulq_f32(vcvtq_f32_s32(high), scale));
  }
}

// The steps after the products, for n <= 16 channels of one pixel. Args is GemmS8Args or
// DepthwiseS8Args; `residual` may be nullptr.
template <typename Args>
EDGERT_INLINE void store_pixel(const Args& args, float32x4_t (&t)[4], const int8_t* residual,
                               int8_t* y, int32_t n) {
  if (residual != nullptr) {
    add_residual(args, n >= 16 ? vld1q_s8(residual) : load_part(residual, n), t);
  }
  clamp(t, args.act_min, args.act_max);
  int32x4_t q[4];
  EDGERT_UNROLL for (int i = 0; i < 4; ++i) {
    q[i] = vaddq_s32(vcvtnq_s32_f32(t[i]), vdupq_n_s32(args.y_zero_point));
  }
  const int16x8_t low = vqmovn_high_s32(vqmovn_s32(q[0]), q[1]);
  const int16x8_t high = vqmovn_high_s32(vqmovn_s32(q[2]), q[3]);
  const int8x16_t v = vqmovn_high_s16(vqmovn_s16(low), high);
  if (n >= 16) {
    vst1q_s8(y, v);
  } else {
    store_part(y, v, n);
  }
}

// As above; also the epilogue of the float families.
template <typename Args>
EDGERT_INLINE void store_pixel(const Args& args, float32x4_t (&t)[4], const float* residual,
                               float* y, int32_t n) {
  if (n >= 16) {
    if (residual != nullptr) {
      EDGERT_UNROLL for (int i = 0; i < 4; ++i) t[i] = vaddq_f32(t[i], vld1q_f32(residual + 4 * i));
    }
    clamp(t, args.act_min, args.act_max);
    EDGERT_UNROLL for (int i = 0; i < 4; ++i) vst1q_f32(y + 4 * i, t[i]);
    return;
  }
  float values[16];
  EDGERT_UNROLL for (int i = 0; i < 4; ++i) vst1q_f32(values + 4 * i, t[i]);
  for (int32_t c = 0; c < n; ++c) {
    float value = values[c];
    if (residual != nullptr) value += residual[c];
    value = value > args.act_min ? value : args.act_min;
    y[c] = value < args.act_max ? value : args.act_max;
  }
}

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_ARM_H_
