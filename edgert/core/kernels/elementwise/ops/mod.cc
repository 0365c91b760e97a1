#include <cmath>

#include "kernels/elementwise/define.h"
#include "kernels/elementwise/integers.h"

namespace edgert {
namespace {

EDGERT_INLINE float floor_mod(float a, float b) {
  const float r = std::fmod(a, b);
  return r != 0.0f && (r < 0.0f) != (b < 0.0f) ? r + b : r;
}

EDGERT_INLINE double floor_mod(double a, double b) {
  const double r = std::fmod(a, b);
  return r != 0.0 && (r < 0.0) != (b < 0.0) ? r + b : r;
}

EDGERT_INLINE int64_t floor_mod(int64_t a, int64_t b) {
  const int64_t r = remainder(a, b);
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

// ONNX Mod with fmod = 0: the result has the sign of the divisor. Integers: x mod 0 is 0.
struct Mod {
  static EDGERT_INLINE float f32(float a, float b) { return floor_mod(a, b); }
  static EDGERT_INLINE double f64(double a, double b) { return floor_mod(a, b); }
  static EDGERT_INLINE int64_t s64(int64_t a, int64_t b) { return floor_mod(a, b); }
};

const ElementwiseOp registration = define_elementwise<Mod>("mod");

}  // namespace
}  // namespace edgert
