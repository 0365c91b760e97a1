#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math_f64.h"

namespace edgert {
namespace {

EDGERT_INLINE float atanh(double x) {
  const double t = math::abs(x);
  const double y = math::copysign(0.5 * math::log1p(2.0 * t / (1.0 - t)), x);
  return t > 1.0 ? __builtin_nanf("") : static_cast<float>(y);
}

struct Atanh {
  static constexpr bool kRare = true;
  static EDGERT_INLINE float f32(float x) { return atanh(static_cast<double>(x)); }
};

const ElementwiseOp registration = define_elementwise<Atanh>("atanh");

}  // namespace
}  // namespace edgert
