#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math_f64.h"

namespace edgert {
namespace {

EDGERT_INLINE float acosh(double x) {
  const double y = math::log(x + math::sqrt(x * x - 1.0));
  return x < 1.0 ? __builtin_nanf("") : static_cast<float>(y);
}

struct Acosh {
  static constexpr bool kRare = true;
  static EDGERT_INLINE float f32(float x) { return acosh(static_cast<double>(x)); }
};

const ElementwiseOp registration = define_elementwise<Acosh>("acosh");

}  // namespace
}  // namespace edgert
