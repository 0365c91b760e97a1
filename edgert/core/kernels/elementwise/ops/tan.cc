#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math_f64.h"

namespace edgert {
namespace {

EDGERT_INLINE float tan(double x) {
  const math::SinCos sincos = math::sincos(x);
  return static_cast<float>(sincos.sin / sincos.cos);
}

struct Tan {
  static constexpr bool kRare = true;
  static EDGERT_INLINE float f32(float x) { return tan(static_cast<double>(x)); }
};

const ElementwiseOp registration = define_elementwise<Tan>("tan");

}  // namespace
}  // namespace edgert
