#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math_f64.h"

namespace edgert {
namespace {

EDGERT_INLINE float asinh(double x) {
  const double t = math::abs(x);
  const double y = math::log1p(t + t * t / (1.0 + math::sqrt(1.0 + t * t)));
  return static_cast<float>(math::copysign(t < __builtin_inf() ? y : t, x));
}

struct Asinh {
  static constexpr bool kRare = true;
  static EDGERT_INLINE float f32(float x) { return asinh(static_cast<double>(x)); }
};

const ElementwiseOp registration = define_elementwise<Asinh>("asinh");

}  // namespace
}  // namespace edgert
