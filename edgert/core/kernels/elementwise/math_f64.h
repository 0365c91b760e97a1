// Functions in double: exact ones for operators on f64, elementary ones for float operators that
// need range or precision more than speed.
//
// Elementary functions: rounded to float the results are within one ulp of the exact value. Series
// are Taylor's, long enough for 1e-11 relative error. Same rules as math.h: no FMA, no libm.
#ifndef EDGERT_KERNELS_ELEMENTWISE_MATH_F64_H_
#define EDGERT_KERNELS_ELEMENTWISE_MATH_F64_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/multiversion.h"

namespace edgert::math {

constexpr double kPi = 3.14159265358979323846;

EDGERT_INLINE uint64_t bits(double x) {
  uint64_t u;
  std::memcpy(&u, &x, sizeof(u));
  return u;
}

EDGERT_INLINE double from_bits(uint64_t u) {
  double x;
  std::memcpy(&x, &u, sizeof(x));
  return x;
}

EDGERT_INLINE double abs(double x) { return from_bits(bits(x) & 0x7fffffffffffffffu); }

EDGERT_INLINE double copysign(double magnitude, double sign) {
  return from_bits((bits(magnitude) & 0x7fffffffffffffffu) | (bits(sign) & 0x8000000000000000u));
}

EDGERT_INLINE double sqrt(double x) { return __builtin_sqrt(x); }

// Where an operand is NaN, min and max give NaN.
EDGERT_INLINE double min(double a, double b) {
  const double smaller = a < b ? a : b;
  return a != a ? a : smaller;
}
EDGERT_INLINE double max(double a, double b) {
  const double larger = a > b ? a : b;
  return a != a ? a : larger;
}

// Half to even. From 2^52 on every double is an integer.
EDGERT_INLINE double round(double x) {
  constexpr double kInteger = 4503599627370496.0;
  const double magnitude = abs(x);
  const double rounded = (magnitude + kInteger) - kInteger;
  return magnitude < kInteger ? copysign(rounded, x) : x;
}

EDGERT_INLINE double floor(double x) {
  const double rounded = round(x);
  return rounded > x ? rounded - 1.0 : rounded;
}

EDGERT_INLINE double ceil(double x) { return -floor(-x); }

EDGERT_INLINE double trunc(double x) { return copysign(floor(abs(x)), x); }

namespace internal {

constexpr double kRoundingMagic64 = 6755399441055744.0;  // 1.5 * 2^52
constexpr double kLn2 = 0.693147180559945309417;

// Horner's scheme, highest coefficient first. Unrolled: a loop would keep callers from being
// vectorized.
template <typename... Coefficients>
EDGERT_INLINE double polynomial(double x, double highest, Coefficients... rest) {
  double sum = highest;
  ((sum = sum * x + rest), ...);
  return sum;
}

}  // namespace internal

// For results within float's range; further out 0 or larger than any float.
EDGERT_INLINE double exp(double x) {
  x = x < -150.0 ? -150.0 : x;
  x = x > 150.0 ? 150.0 : x;
  const double shifted = x * (1.0 / internal::kLn2) + internal::kRoundingMagic64;
  const double r = x - (shifted - internal::kRoundingMagic64) * internal::kLn2;
  const double y =
      internal::polynomial(r, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040,
                           1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1.0, 1.0);
  return y * from_bits((bits(shifted) + 1023u) << 52);
}

// x positive and normal, infinite or NaN.
EDGERT_INLINE double log(double x) {
  constexpr uint64_t kSqrtHalf = 0x3fe6a09e667f3bcdu;
  const uint64_t shifted = bits(x) - kSqrtHalf;
  // Exponent plus 1100, by way of a double's mantissa: not every target converts 64-bit integers.
  const uint64_t biased = (shifted + (uint64_t{1100} << 52)) >> 52;
  const double e = from_bits(biased | 0x4330000000000000u) - (4503599627370496.0 + 1100.0);
  const double m = from_bits((shifted & 0x000fffffffffffffu) + kSqrtHalf);
  const double s = (m - 1.0) / (m + 1.0);
  const double series = internal::polynomial(s * s, 2.0 / 17, 2.0 / 15, 2.0 / 13, 2.0 / 11, 2.0 / 9,
                                             2.0 / 7, 2.0 / 5, 2.0 / 3, 2.0);
  const double y = e * internal::kLn2 + s * series;
  return x < __builtin_inf() ? y : x;
}

// x >= 0.
EDGERT_INLINE double log1p(double x) {
  const double u = 1.0 + x;
  const double rounding = x - (u - 1.0);
  const double y = log(u) + rounding / u;
  return x < __builtin_inf() ? y : x;
}

struct SinCos {
  double sin;
  double cos;
};

// Within one ulp of float for |x| < 1e5; further out the error grows as |x| * 1e-16,
// up to meaningless values in [-1, 1].
EDGERT_INLINE SinCos sincos(double x) {
  constexpr double kHalfPiHigh = 0x1.921fb544p+0;  // 33 bits: exact times a quadrant below 2^20
  constexpr double kHalfPiLow = 0x1.0b4611a626331p-34;
  const double shifted = x * (2.0 / kPi) + internal::kRoundingMagic64;
  const double quadrant = shifted - internal::kRoundingMagic64;
  double r = (x - quadrant * kHalfPiHigh) - quadrant * kHalfPiLow;
  r = r < -0.79 ? -0.79 : r;
  r = r > 0.79 ? 0.79 : r;
  const double square = r * r;
  const double sine = r + r * square *
                              internal::polynomial(square, 1.0 / 6227020800, -1.0 / 39916800,
                                                   1.0 / 362880, -1.0 / 5040, 1.0 / 120, -1.0 / 6);
  const double cosine = internal::polynomial(square, 1.0 / 479001600, -1.0 / 3628800, 1.0 / 40320,
                                             -1.0 / 720, 1.0 / 24, -0.5, 1.0);
  const uint64_t q = bits(shifted);
  const bool odd = (q & 1u) != 0;
  const uint64_t sine_sign = (q & 2u) << 62;
  const uint64_t cosine_sign = ((q + 1u) & 2u) << 62;
  return {from_bits(bits(odd ? cosine : sine) ^ sine_sign),
          from_bits(bits(odd ? sine : cosine) ^ cosine_sign)};
}

EDGERT_INLINE double atan(double x) {
  const double magnitude = abs(x);
  const bool inverted = magnitude > 1.0;
  const double unit = inverted ? 1.0 / magnitude : magnitude;
  const bool shifted = unit > 0.41421356237309503;  // tan(pi / 8)
  const double z = shifted ? (unit - 1.0) / (unit + 1.0) : unit;
  const double series =
      internal::polynomial(z * z, 1.0 / 25, -1.0 / 23, 1.0 / 21, -1.0 / 19, 1.0 / 17, -1.0 / 15,
                           1.0 / 13, -1.0 / 11, 1.0 / 9, -1.0 / 7, 1.0 / 5, -1.0 / 3, 1.0);
  const double angle = (shifted ? kPi / 4 : 0.0) + z * series;
  return copysign(inverted ? kPi / 2 - angle : angle, x);
}

// NaN outside [-1, 1].
EDGERT_INLINE double asin(double x) { return atan(x / sqrt((1.0 - x) * (1.0 + x))); }

EDGERT_INLINE double sinh(double x) {
  const double e = exp(x);
  const double square = x * x;
  const double small = x + x * square *
                               internal::polynomial(square, 1.0 / 39916800, 1.0 / 362880,
                                                    1.0 / 5040, 1.0 / 120, 1.0 / 6);
  return square < 0.25 ? small : 0.5 * (e - 1.0 / e);
}

EDGERT_INLINE double cosh(double x) {
  const double e = exp(x);
  return 0.5 * (e + 1.0 / e);
}

}  // namespace edgert::math

#endif  // EDGERT_KERNELS_ELEMENTWISE_MATH_F64_H_
