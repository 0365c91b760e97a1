// Floats of 8 and 4 bits: storage only, one byte per element.
#ifndef EDGERT_KERNELS_ELEMENTWISE_MINIFLOAT_H_
#define EDGERT_KERNELS_ELEMENTWISE_MINIFLOAT_H_

#include <cstdint>

#include "runtime/tensor.h"

namespace edgert {

// How a conversion treats what a format cannot hold.
struct MinifloatRounding {
  enum Direction : int32_t { kNearest, kUp, kDown };  // of magnitudes; nearest: ties to even
  int32_t direction;
  bool saturate;  // else infinity, or NaN where the format has none
};

// A code is sign, exponent, mantissa from the highest bit; exponent 0 holds subnormals, except in a
// format without mantissa. References: ONNX's specification of Cast; OCP Microscaling Formats 1.0.
struct Minifloat {
  uint8_t exponent_bits;
  uint8_t mantissa_bits;
  uint8_t bias;
  uint8_t largest;   // the code of the largest finite number
  uint8_t nan;       // a NaN is stored as this, with its sign where `signed_zero`
  uint8_t overflow;  // what does not fit becomes this, likewise
  bool has_sign;
  bool signed_zero;  // else the code of -0 is NaN

  uint32_t sign_bit() const { return has_sign ? 1u << (exponent_bits + mantissa_bits) : 0u; }
};

// nullptr where the type is none of these.
const Minifloat* minifloat(DType dtype);

double decode(const Minifloat& format, uint8_t code);
uint8_t encode(const Minifloat& format, double x, MinifloatRounding rounding);

}  // namespace edgert

#endif  // EDGERT_KERNELS_ELEMENTWISE_MINIFLOAT_H_
