#include "kernels/elementwise/convert.h"

#include <cstring>
#include <limits>

#include "kernels/elementwise/integers.h"
#include "kernels/elementwise/math.h"
#include "kernels/half.h"
#include "kernels/multiversion.h"
#include "kernels/requantize.h"

#if EDGERT_VERSIONS == 2
#include <arm_neon.h>
#endif

namespace edgert {
namespace {

#if EDGERT_VERSIONS == 2
// 8 bytes as 16 bits, which hold both int8_t and uint8_t.
EDGERT_TARGET_NEON EDGERT_INLINE int16x8_t widen(const int8_t* x) { return vmovl_s8(vld1_s8(x)); }
EDGERT_TARGET_NEON EDGERT_INLINE int16x8_t widen(const uint8_t* x) {
  return vreinterpretq_s16_u16(vmovl_u8(vld1_u8(x)));
}
EDGERT_TARGET_NEON EDGERT_INLINE void narrow(int8_t* y, int16x8_t v) { vst1_s8(y, vmovn_s16(v)); }
EDGERT_TARGET_NEON EDGERT_INLINE void narrow(uint8_t* y, int16x8_t v) {
  vst1_u8(y, vreinterpret_u8_s8(vmovn_s16(v)));
}
#endif

template <typename T>
struct Dequantize {
  static EDGERT_INLINE void run(float* __restrict y, const T* __restrict x, int64_t n, float scale,
                                float zero_point) {
    for (int64_t i = 0; i < n; ++i) y[i] = (static_cast<float>(x[i]) - zero_point) * scale;
  }
#if EDGERT_VERSIONS == 2
  EDGERT_TARGET_NEON static void run_neon(float* y, const T* x, int64_t n, float scale,
                                          float zero_point) {
    const float32x4_t offset = vdupq_n_f32(zero_point);
    for (; n >= 8; n -= 8, x += 8, y += 8) {
      const int16x8_t v = widen(x);
      const float32x4_t low = vcvtq_f32_s32(vmovl_s16(vget_low_s16(v)));
      const float32x4_t high = vcvtq_f32_s32(vmovl_s16(vget_high_s16(v)));
      vst1q_f32(y, vmulq_n_f32(vsubq_f32(low, offset), scale));
      vst1q_f32(y + 4, vmulq_n_f32(vsubq_f32(high, offset), scale));
    }
    run(y, x, n, scale, zero_point);
  }
#endif
};

template <typename T>
struct Quantize {
  static EDGERT_INLINE void run(T* __restrict y, const float* __restrict x, int64_t n, float scale,
                                float min, float max, int32_t zero_point) {
    for (int64_t i = 0; i < n; ++i) {
      y[i] = static_cast<T>(edgert::round_clamped(x[i] * scale, min, max) + zero_point);
    }
  }
#if EDGERT_VERSIONS == 2
  EDGERT_TARGET_NEON static void run_neon(T* y, const float* x, int64_t n, float scale, float min,
                                          float max, int32_t zero_point) {
    const int16x8_t offset = vdupq_n_s16(static_cast<int16_t>(zero_point));
    for (; n >= 8; n -= 8, x += 8, y += 8) {
      const int16x4_t low = round_clamped(vmulq_n_f32(vld1q_f32(x), scale), min, max);
      const int16x4_t high = round_clamped(vmulq_n_f32(vld1q_f32(x + 4), scale), min, max);
      narrow(y, vaddq_s16(vcombine_s16(low, high), offset));
    }
    run(y, x, n, scale, min, max, zero_point);
  }

 private:
  // As requantize.h. The last 16 bits of a shifted value are those of its integer.
  EDGERT_TARGET_NEON static EDGERT_INLINE int16x4_t round_clamped(float32x4_t t, float min,
                                                                  float max) {
    const float32x4_t low = vdupq_n_f32(min);
    t = vminq_f32(vbslq_f32(vcgtq_f32(t, low), t, low), vdupq_n_f32(max));
    return vmovn_s32(vreinterpretq_s32_f32(vaddq_f32(t, vdupq_n_f32(12582912.0f))));
  }
#endif
};

struct HalfToFloat {
  static EDGERT_INLINE void run(float* __restrict y, const Half* __restrict x, int64_t n) {
    for (int64_t i = 0; i < n; ++i) y[i] = to_float(x[i]);
  }
};

struct FloatToHalf {
  static EDGERT_INLINE void run(Half* __restrict y, const float* __restrict x, int64_t n) {
    for (int64_t i = 0; i < n; ++i) y[i] = to_half(x[i]);
  }
};

EDGERT_INLINE float from_brain(uint16_t x) {
  return math::from_bits(static_cast<uint32_t>(x) << 16);
}

// Half to even.
EDGERT_INLINE uint16_t to_brain(float x) {
  const uint32_t u = math::bits(x);
  const uint32_t rounded = (u + 0x7fffu + ((u >> 16) & 1u)) >> 16;
  const uint32_t quiet = ((u >> 16) & 0x8000u) | 0x7fc0u;
  return static_cast<uint16_t>((u & 0x7fffffffu) > 0x7f800000u ? quiet : rounded);
}

EDGERT_INLINE int32_t to_s32(float x) {
  if (x != x) return 0;
  if (x >= 0x1p31f) return INT32_MAX;
  return x < -0x1p31f ? INT32_MIN : static_cast<int32_t>(x);
}

template <typename To, typename From, typename F>
void transform(void* y, const void* x, int64_t n, F f) {
  const From* from = static_cast<const From*>(x);
  To* to = static_cast<To*>(y);
  for (int64_t i = 0; i < n; ++i) to[i] = f(from[i]);
}

template <typename To>
To integer_of(double x) {
  constexpr double kEnd = -static_cast<double>(std::numeric_limits<To>::min());
  if (x != x) return 0;
  if (x >= kEnd) return std::numeric_limits<To>::max();
  return x < -kEnd ? std::numeric_limits<To>::min() : static_cast<To>(x);
}

}  // namespace

void load(float* y, const void* x, DType dtype, int64_t n, const Dequantization& q) {
  switch (dtype) {
    case DType::kS8:
      return multiversion<Dequantize<int8_t>>(y, static_cast<const int8_t*>(x), n, q.scale,
                                              q.zero_point);
    case DType::kU8:
      return multiversion<Dequantize<uint8_t>>(y, static_cast<const uint8_t*>(x), n, q.scale,
                                               q.zero_point);
    case DType::kF16:
      return multiversion<HalfToFloat>(y, static_cast<const Half*>(x), n);
    case DType::kBF16:
      return transform<float, uint16_t>(y, x, n, [](uint16_t v) { return from_brain(v); });
    case DType::kS32:
      return transform<float, int32_t>(y, x, n, [](int32_t v) { return static_cast<float>(v); });
    case DType::kS64:
      return transform<float, int64_t>(y, x, n, [](int64_t v) { return static_cast<float>(v); });
    case DType::kBool:
      return transform<float, uint8_t>(y, x, n, [](uint8_t v) { return v != 0 ? 1.0f : 0.0f; });
    default:
      std::memcpy(y, x, static_cast<size_t>(n) * sizeof(float));
  }
}

void store(void* y, const float* x, DType dtype, int64_t n, const Requantization& q) {
  switch (dtype) {
    case DType::kS8:
      return multiversion<Quantize<int8_t>>(static_cast<int8_t*>(y), x, n, q.scale, q.min, q.max,
                                            q.zero_point);
    case DType::kU8:
      return multiversion<Quantize<uint8_t>>(static_cast<uint8_t*>(y), x, n, q.scale, q.min, q.max,
                                             q.zero_point);
    case DType::kF16:
      return multiversion<FloatToHalf>(static_cast<Half*>(y), x, n);
    case DType::kBF16:
      return transform<uint16_t, float>(y, x, n, [](float v) { return to_brain(v); });
    case DType::kS32:
      return transform<int32_t, float>(y, x, n, [](float v) { return to_s32(v); });
    case DType::kS64:
      return transform<int64_t, float>(y, x, n, [](float v) { return integer(v); });
    case DType::kBool:
      return transform<uint8_t, float>(y, x, n, [](float v) { return uint8_t{v != 0.0f}; });
    default:
      std::memcpy(y, x, static_cast<size_t>(n) * sizeof(float));
  }
}

void load(int64_t* y, const void* x, DType dtype, int64_t n, const Dequantization&) {
  switch (dtype) {
    case DType::kS32:
      return transform<int64_t, int32_t>(y, x, n, [](int32_t v) { return int64_t{v}; });
    case DType::kBool:
      return transform<int64_t, uint8_t>(y, x, n, [](uint8_t v) { return int64_t{v != 0}; });
    default:
      std::memcpy(y, x, static_cast<size_t>(n) * sizeof(int64_t));
  }
}

void store(void* y, const int64_t* x, DType dtype, int64_t n, const Requantization&) {
  switch (dtype) {
    case DType::kS32:
      return transform<int32_t, int64_t>(y, x, n,
                                         [](int64_t v) { return static_cast<int32_t>(v); });
    case DType::kBool:
      return transform<uint8_t, int64_t>(y, x, n, [](int64_t v) { return uint8_t{v != 0}; });
    default:
      std::memcpy(y, x, static_cast<size_t>(n) * sizeof(int64_t));
  }
}

void load(double* y, const void* x, DType dtype, int64_t n, const Dequantization&) {
  switch (dtype) {
    case DType::kF32:
      return transform<double, float>(y, x, n, [](float v) { return static_cast<double>(v); });
    case DType::kS32:
      return transform<double, int32_t>(y, x, n, [](int32_t v) { return static_cast<double>(v); });
    case DType::kS64:
      return transform<double, int64_t>(y, x, n, [](int64_t v) { return static_cast<double>(v); });
    case DType::kBool:
      return transform<double, uint8_t>(y, x, n, [](uint8_t v) { return v != 0 ? 1.0 : 0.0; });
    default:
      std::memcpy(y, x, static_cast<size_t>(n) * sizeof(double));
  }
}

void store(void* y, const double* x, DType dtype, int64_t n, const Requantization&) {
  switch (dtype) {
    case DType::kF32:
      return transform<float, double>(y, x, n, [](double v) { return static_cast<float>(v); });
    case DType::kS32:
      return transform<int32_t, double>(y, x, n, integer_of<int32_t>);
    case DType::kS64:
      return transform<int64_t, double>(y, x, n, integer_of<int64_t>);
    case DType::kBool:
      return transform<uint8_t, double>(y, x, n, [](double v) { return uint8_t{v != 0.0}; });
    default:
      std::memcpy(y, x, static_cast<size_t>(n) * sizeof(double));
  }
}

}  // namespace edgert
