#include "kernels/elementwise/minifloat.h"

#include <cmath>
#include <limits>

namespace edgert {
namespace {

// exponent and mantissa bits, bias, largest, NaN, overflow, sign, signed zero
constexpr Minifloat kE4M3FN{4, 3, 7, 0x7e, 0x7f, 0x7f, true, true};
constexpr Minifloat kE4M3FNUZ{4, 3, 8, 0x7f, 0x80, 0x80, true, false};
constexpr Minifloat kE5M2{5, 2, 15, 0x7b, 0x7e, 0x7c, true, true};
constexpr Minifloat kE5M2FNUZ{5, 2, 16, 0x7f, 0x80, 0x80, true, false};
constexpr Minifloat kE8M0{8, 0, 127, 0xfe, 0xff, 0xff, false, false};
constexpr Minifloat kE2M1{2, 1, 1, 0x07, 0x00, 0x07, true, true};  // without NaN and infinity

// As if every code were a finite number, the one after the largest too.
double magnitude(const Minifloat& f, int code) {
  const int exponent = code >> f.mantissa_bits;
  const int mantissa = code & ((1 << f.mantissa_bits) - 1);
  if (exponent == 0 && f.mantissa_bits > 0) {
    return std::ldexp(mantissa, 1 - f.bias - f.mantissa_bits);
  }
  return std::ldexp((1 << f.mantissa_bits) + mantissa, exponent - f.bias - f.mantissa_bits);
}

// The largest code whose magnitude is at most x >= 0; 0 where there is none.
int code_below(const Minifloat& f, double x) {
  int low = 0, high = f.largest;
  while (low < high) {
    const int middle = (low + high + 1) / 2;
    if (magnitude(f, middle) <= x) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

bool rounds_up(const Minifloat& f, int code, double x, int32_t direction) {
  const double below = magnitude(f, code), above = magnitude(f, code + 1);
  if (direction != MinifloatRounding::kNearest) {
    return direction == MinifloatRounding::kUp && x > below;
  }
  const double middle = (below + above) / 2;
  return x > middle || (x == middle && (code & 1) != 0);
}

}  // namespace

const Minifloat* minifloat(DType dtype) {
  switch (dtype) {
    case DType::kF8E4M3FN:
      return &kE4M3FN;
    case DType::kF8E4M3FNUZ:
      return &kE4M3FNUZ;
    case DType::kF8E5M2:
      return &kE5M2;
    case DType::kF8E5M2FNUZ:
      return &kE5M2FNUZ;
    case DType::kF8E8M0:
      return &kE8M0;
    case DType::kF4E2M1:
      return &kE2M1;
    default:
      return nullptr;
  }
}

double decode(const Minifloat& f, uint8_t code) {
  const uint32_t mask = f.has_sign ? f.sign_bit() - 1 : 0xffu;
  const int unsigned_code = static_cast<int>(code & mask);
  const bool negative = (code & f.sign_bit()) != 0;
  double x = magnitude(f, unsigned_code);
  if (unsigned_code > f.largest) {
    const bool infinite = f.overflow != f.nan && unsigned_code == f.overflow;
    x = infinite ? std::numeric_limits<double>::infinity()
                 : std::numeric_limits<double>::quiet_NaN();
  }
  if (negative && unsigned_code == 0 && !f.signed_zero) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return negative ? -x : x;
}

uint8_t encode(const Minifloat& f, double x, MinifloatRounding rounding) {
  const bool negative = f.has_sign && std::signbit(x);
  const uint32_t sign = negative && f.signed_zero ? f.sign_bit() : 0u;
  if (x != x) return static_cast<uint8_t>(f.nan | sign);
  const double size = std::fabs(x);
  int code = code_below(f, size);
  if (size < magnitude(f, 0)) {
    if (!rounding.saturate) return f.nan;  // too small for a format without subnormals
  } else if (rounds_up(f, code, size, rounding.direction)) {
    ++code;
  }
  if (code > f.largest && !rounding.saturate) return static_cast<uint8_t>(f.overflow | sign);
  const int stored = code > f.largest ? f.largest : code;
  const bool marked = negative && (f.signed_zero || stored != 0);
  return static_cast<uint8_t>(static_cast<uint32_t>(stored) | (marked ? f.sign_bit() : 0u));
}

}  // namespace edgert
