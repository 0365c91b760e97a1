// Elementary functions on floats: vectorizable, and the same bits on every machine.
//
// Every function is a fixed sequence of IEEE operations without FMA, so libm's differences between
// platforms do not reach quantized outputs. Polynomials are minimax fits of this project; the error
// bounds are those that tests/elementwise_math_test.cc checks. NaN gives NaN unless said otherwise.
#ifndef EDGERT_KERNELS_ELEMENTWISE_MATH_H_
#define EDGERT_KERNELS_ELEMENTWISE_MATH_H_

#include <cstdint>
#include <cstring>

#include "kernels/multiversion.h"

namespace edgert::math {

constexpr float kInfinity = __builtin_inff();
constexpr float kNaN = __builtin_nanf("");

EDGERT_INLINE uint32_t bits(float x) {
  uint32_t u;
  std::memcpy(&u, &x, sizeof(u));
  return u;
}

EDGERT_INLINE float from_bits(uint32_t u) {
  float x;
  std::memcpy(&x, &u, sizeof(x));
  return x;
}

// condition ? a : b, but on ARM by their bits: g++ prefers the inverse of a comparison for a
// select, and where NaN makes a difference, that takes ten vector instructions there instead of
// two.
EDGERT_INLINE float select(bool condition, float a, float b) {
#if defined(__aarch64__)
  return from_bits(bits(b) ^ ((bits(a) ^ bits(b)) & (0u - static_cast<uint32_t>(condition))));
#else
  return condition ? a : b;
#endif
}
template <typename Integer>
EDGERT_INLINE Integer select(bool condition, Integer a, Integer b) {
  return condition ? a : b;
}

EDGERT_INLINE float abs(float x) { return from_bits(bits(x) & 0x7fffffffu); }

EDGERT_INLINE float copysign(float magnitude, float sign) {
  return from_bits((bits(magnitude) & 0x7fffffffu) | (bits(sign) & 0x80000000u));
}

EDGERT_INLINE float sqrt(float x) { return __builtin_sqrtf(x); }

// Where an operand is NaN, min and max give NaN (as ONNX and numpy do).
EDGERT_INLINE float min(float a, float b) {
  const float smaller = select(a < b, a, b);  // b where either is NaN
  return select(a != a, a, smaller);
}
EDGERT_INLINE float max(float a, float b) {
  const float larger = select(a > b, a, b);
  return select(a != a, a, larger);
}

// Half to even. From 2^23 on every float is an integer.
EDGERT_INLINE float round(float x) {
  constexpr float kInteger = 8388608.0f;
  const float magnitude = abs(x);
  const float rounded = (magnitude + kInteger) - kInteger;
  return select(magnitude < kInteger, copysign(rounded, x), x);
}

EDGERT_INLINE float floor(float x) {
  const float rounded = round(x);
  return select(rounded > x, rounded - 1.0f, rounded);
}

EDGERT_INLINE float ceil(float x) { return -floor(-x); }

EDGERT_INLINE float trunc(float x) { return copysign(floor(abs(x)), x); }

// 2^n for n in [-126, 127].
EDGERT_INLINE float power_of_two(uint32_t n) { return from_bits((n + 127u) << 23); }

namespace internal {

constexpr float kRoundingMagic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
constexpr float kLog2E = 1.44269504f;
constexpr float kLn2High = 0x1.62e4p-1f;  // 15 bits, so that its product with an exponent is exact
constexpr float kLn2Low = 1.42860677e-6f;

struct Reduced {
  uint32_t n;  // two's complement
  float r;     // |r| <= ln(2) / 2
};

// x = n * ln(2) + r, for |x| < 2^15.
EDGERT_INLINE Reduced reduce_exp(float x) {
  const float shifted = x * kLog2E + kRoundingMagic;
  const float n = shifted - kRoundingMagic;
  return {bits(shifted) - bits(kRoundingMagic), (x - n * kLn2High) - n * kLn2Low};
}

// exp(r) - 1 for |r| <= ln(2) / 2.
EDGERT_INLINE float expm1_reduced(float r) {
  float q = 1.991234021e-04f;
  q = q * r + 1.393943909e-03f;
  q = q * r + 8.333276957e-03f;
  q = q * r + 4.166638106e-02f;
  q = q * r + 1.666666716e-01f;
  q = q * r + 0.5f;
  return r + (r * r) * q;
}

// log(1 + f) for 1 + f in [sqrt(1/2), sqrt(2)], plus e * ln(2).
EDGERT_INLINE float log_reduced(float f, float e) {
  float q = 6.967463344e-02f;
  q = q * f - 1.170882136e-01f;
  q = q * f + 1.180360243e-01f;
  q = q * f - 1.239496171e-01f;
  q = q * f + 1.423043013e-01f;
  q = q * f - 1.666893959e-01f;
  q = q * f + 2.000155449e-01f;
  q = q * f - 2.499998659e-01f;
  q = q * f + 3.333332241e-01f;
  const float square = f * f;
  const float tail = (square * f) * q + e * kLn2Low;
  return (tail - 0.5f * square) + f + e * kLn2High;
}

}  // namespace internal

// exp(x) for x <= 89, or NaN; at most 2 ulp; gradual underflow.
EDGERT_INLINE float exp_bounded(float x) {
  x = select(x < -104.0f, -104.0f, x);
  const internal::Reduced reduced = internal::reduce_exp(x);
  const float y = internal::expm1_reduced(reduced.r) + 1.0f;
  // Two factors: 2^n itself may be neither finite nor normal.
  const uint32_t half = static_cast<uint32_t>(static_cast<int32_t>(reduced.n) >> 1);
  return (y * power_of_two(half)) * power_of_two(reduced.n - half);
}

// At most 2 ulp; gradual underflow, infinity beyond 89.
EDGERT_INLINE float exp(float x) { return exp_bounded(select(x > 89.0f, 89.0f, x)); }

// exp(x) - 1 for x in [-30, 88], or NaN; at most 3 ulp.
EDGERT_INLINE float expm1_bounded(float x) {
  const internal::Reduced reduced = internal::reduce_exp(x);
  const float scale = power_of_two(reduced.n);
  return internal::expm1_reduced(reduced.r) * scale + (scale - 1.0f);
}

// exp(x) - 1 for x <= 88; at most 3 ulp.
EDGERT_INLINE float expm1(float x) {
  x = select(x < -30.0f, -30.0f, x);
  return expm1_bounded(select(x > 88.0f, 88.0f, x));
}

// At most 2 ulp; log(0) = -inf, negative: NaN.
EDGERT_INLINE float log(float x) {
  constexpr float kSmallestNormal = 0x1p-126f;
  const bool subnormal = x < kSmallestNormal;
  const uint32_t u = bits(select(subnormal, x * 0x1p24f, x));
  // Exponent such that the mantissa lies in [sqrt(1/2), sqrt(2)).
  const uint32_t shifted = u - 0x3f3504f3u;
  const float e =
      static_cast<float>(static_cast<int32_t>(shifted) >> 23) + select(subnormal, -24.0f, 0.0f);
  const float mantissa = from_bits((shifted & 0x007fffffu) + 0x3f3504f3u);
  const float y = internal::log_reduced(mantissa - 1.0f, e);
  const float positive = select(x < kInfinity, y, x);  // +inf, NaN
  const float zero_or_negative = select(x == 0.0f, -kInfinity, kNaN);
  return select(x <= 0.0f, zero_or_negative, positive);
}

// log(1 + x) for x in [0, 1]; at most 3 ulp.
EDGERT_INLINE float log1p_unit(float x) {
  const float u = 1.0f + x;
  const float rounding = x - (u - 1.0f);
  const bool upper = u > 1.41421356f;
  const float f = select(upper, 0.5f * u - 1.0f, u - 1.0f);
  return internal::log_reduced(f, select(upper, 1.0f, 0.0f)) + rounding / u;
}

// At most 3 ulp.
EDGERT_INLINE float sigmoid(float x) {
  const float e = exp_bounded(-abs(x));
  const float positive = 1.0f / (1.0f + e);
  return select(x < 0.0f, e * positive, positive);
}

// At most 4 ulp. From 10 on it is 1.
EDGERT_INLINE float tanh(float x) {
  const float magnitude = abs(x);
  const float e = expm1_bounded(2.0f * select(magnitude > 10.0f, 10.0f, magnitude));
  return copysign(e / (e + 2.0f), x);
}

// log(1 + exp(x)); at most 4 ulp.
EDGERT_INLINE float softplus(float x) {
  const float positive = select(x < 0.0f, 0.0f, x);
  return positive + log1p_unit(exp_bounded(-abs(x)));
}

// At most 3 ulp. Above 0.92 it is 1 - exp(polynomial).
EDGERT_INLINE float erf(float x) {
  const float magnitude = abs(x);
  const float square = x * x;
  float small = 8.215423441e-05f;
  small = small * square - 8.105965098e-04f;
  small = small * square + 5.197796971e-03f;
  small = small * square - 2.685810439e-02f;
  small = small * square + 1.128367260e-01f;
  small = small * square - 3.761263192e-01f;
  small = small * square + 1.283791661e-01f;

  const float t = select(magnitude > 4.0f, 4.0f, magnitude);
  float large = -2.053631215e-05f;
  large = large * t + 4.280066059e-04f;
  large = large * t - 4.139838740e-03f;
  large = large * t + 2.503745258e-02f;
  large = large * t - 1.081538573e-01f;
  large = large * t - 6.334609985e-01f;
  large = large * t - 1.129458904e+00f;
  large = large * t + 1.631137711e-04f;
  const float tail = copysign(1.0f - exp_bounded(large), x);
  const float near = x + x * small;
  return select(magnitude < 0.92f || x != x, near, tail);
}

}  // namespace edgert::math

#endif  // EDGERT_KERNELS_ELEMENTWISE_MATH_H_
