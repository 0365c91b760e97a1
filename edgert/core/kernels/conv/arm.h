// What the ARM variants of the convolution families share, in 32 and 64 bits.
//
// Everything is in an anonymous namespace, because files of different instruction sets include it.
#ifndef EDGERT_KERNELS_CONV_ARM_H_
#define EDGERT_KERNELS_CONV_ARM_H_

#include <cstdint>
#include <cstring>

#include "kernels/conv/unroll.h"
#include "kernels/multiversion.h"
#include "kernels/neon.h"

namespace edgert {
namespace {

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

// The first n < 16 bytes, followed by zeros. (Loops over bytes become calls of memcpy, which would
// cost the loops around them all their registers.)
EDGERT_INLINE uint64_t load_bytes(const int8_t* p, int32_t n) {
  const auto byte = [p](int32_t i) { return uint64_t{static_cast<uint8_t>(p[i])} << 8 * i; };
  if (n < 4) return n == 0 ? 0 : byte(0) | byte(n / 2) | byte(n - 1);
  uint32_t first, last;
  std::memcpy(&first, p, 4);
  std::memcpy(&last, p + n - 4, 4);
  return first | uint64_t{last} << 8 * (n - 4);
}
EDGERT_INLINE int8x16_t load_part(const int8_t* p, int32_t n) {
  if (n < 8) return vcombine_s8(vcreate_s8(load_bytes(p, n)), vcreate_s8(0));
  return vcombine_s8(vld1_s8(p), vcreate_s8(load_bytes(p + 8, n - 8)));
}
EDGERT_INLINE void store_part(int8_t* p, int8x16_t v, int32_t n) {
  if ((n & 8) != 0) {
    vst1_s8(p, vget_low_s8(v));
    v = vextq_s8(v, v, 8);
    p += 8;
  }
  uint64_t bytes = vgetq_lane_u64(vreinterpretq_u64_s8(v), 0);
  for (int32_t size = 4; size > 0; size /= 2) {
    if ((n & size) == 0) continue;
    for (int32_t i = 0; i < size; ++i, bytes >>= 8) *p++ = static_cast<int8_t>(bytes);
  }
}
EDGERT_INLINE void clamp(float32x4_t (&t)[4], float32x4_t low, float32x4_t high) {
  EDGERT_UNROLL for (int i = 0; i < 4; ++i) t[i] = vminq_f32(vmaxq_f32(t[i], low), high);
}

// Added to a float, it leaves an integer, rounded half to even, in the last bits.
constexpr float kRoundingMagic = 12582912.0f;  // 1.5 * 2^23
constexpr int32_t kRoundingMagicBits = 0x4b400000;

// Half to even. Beyond 2^22 in 32 bits: a number beyond it, with the same sign.
EDGERT_INLINE int32x4_t round_half_even(float32x4_t t) {
#if defined(__aarch64__)
  return vcvtnq_s32_f32(t);
#else
  // The bits of larger floats are larger integers; those of negative ones are below all others, and
  // saturate.
  const float32x4_t shifted = vaddq_f32(t, vdupq_n_f32(kRoundingMagic));
  return vqsubq_s32(vreinterpretq_s32_f32(shifted), vdupq_n_s32(kRoundingMagicBits));
#endif
}

// The steps after the products, for n channels of one pixel (16 if more are left).
template <typename T>
class Epilogue;

// Clamps what was rounded: rounding, adding and saturating keep order, so the bytes are those of
// the contract, which clamps first.
template <>
class Epilogue<int8_t> {
 public:
  template <typename Args>
  explicit Epilogue(const Args& args)
      : low_(bound(args.act_min, args.y_zero_point)),
        high_(bound(args.act_max, args.y_zero_point)),
        zero_point_(vdupq_n_s16(static_cast<int16_t>(args.y_zero_point))),
        residual_scale_(args.residual_scale),
        residual_zero_point_(static_cast<int16_t>(args.residual_zero_point)) {}

  EDGERT_INLINE void add(float32x4_t (&t)[4], int8x16_t residual) const {
    const int16x8_t zero_point = vdupq_n_s16(residual_zero_point_);
    const int16x8_t halves[2] = {vsubq_s16(vmovl_s8(vget_low_s8(residual)), zero_point),
                                 vsubq_s16(vmovl_high_s8(residual), zero_point)};
    EDGERT_UNROLL for (int i = 0; i < 4; ++i) {
      const int16x8_t half = halves[i / 2];
      const int32x4_t r = i % 2 == 0 ? vmovl_s16(vget_low_s16(half)) : vmovl_high_s16(half);
      t[i] = vaddq_f32(t[i], vmulq_n_f32(vcvtq_f32_s32(r), residual_scale_));
    }
  }

  // The last steps, on any 16 values.
  EDGERT_INLINE int8x16_t quantize(const float32x4_t (&t)[4]) const {
    int32x4_t q[4];
    EDGERT_UNROLL for (int i = 0; i < 4; ++i) q[i] = round_half_even(t[i]);
    return finish(narrow(q[0], q[1]), narrow(q[2], q[3]));
  }
  // What is left after rounding.
  EDGERT_INLINE int8x16_t finish(int16x8_t low, int16x8_t high) const {
    const int8x16_t v = narrow(vqaddq_s16(low, zero_point_), vqaddq_s16(high, zero_point_));
    return vminq_s8(vmaxq_s8(v, low_), high_);
  }
  int8x16_t low() const { return low_; }
  int8x16_t high() const { return high_; }
  int16x8_t zero_point() const { return zero_point_; }

  // `residual` may be nullptr.
  EDGERT_INLINE void store(float32x4_t (&t)[4], const int8_t* residual, int8_t* y,
                           int32_t n) const {
    if (residual != nullptr) add(t, n >= 16 ? vld1q_s8(residual) : load_part(residual, n));
    const int8x16_t v = quantize(t);
    if (n >= 16) {
      vst1q_s8(y, v);
    } else {
      store_part(y, v, n);
    }
  }

 private:
  static EDGERT_INLINE int8x16_t bound(float act, int32_t zero_point) {
    const int32_t q = vgetq_lane_s32(round_half_even(vdupq_n_f32(act)), 0) + zero_point;
    return vdupq_n_s8(static_cast<int8_t>(q < -128 ? -128 : q > 127 ? 127 : q));
  }

  int8x16_t low_;
  int8x16_t high_;
  int16x8_t zero_point_;
  float residual_scale_;
  int16_t residual_zero_point_;
};

template <>
class Epilogue<float> {
 public:
  template <typename Args>
  explicit Epilogue(const Args& args)
      : low_(vdupq_n_f32(args.act_min)), high_(vdupq_n_f32(args.act_max)) {}

  EDGERT_INLINE void store(float32x4_t (&t)[4], const float* residual, float* y, int32_t n) const {
    if (n < 16) {
      float r[16] = {}, values[16];
      if (residual != nullptr) copy(r, residual, n);
      finish(t, residual != nullptr ? r : nullptr, values);
      return copy(y, values, n);
    }
    finish(t, residual, y);
  }

 private:
  EDGERT_INLINE void finish(float32x4_t (&t)[4], const float* residual, float* y) const {
    if (residual != nullptr) {
      EDGERT_UNROLL for (int i = 0; i < 4; ++i) t[i] = vaddq_f32(t[i], vld1q_f32(residual + 4 * i));
    }
    clamp(t, low_, high_);
    EDGERT_UNROLL for (int i = 0; i < 4; ++i) vst1q_f32(y + 4 * i, t[i]);
  }
  static void copy(float* to, const float* from, int32_t n) {
    for (int32_t i = 0; i < n; ++i) to[i] = from[i];
  }

  float32x4_t low_;
  float32x4_t high_;
};

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_ARM_H_
