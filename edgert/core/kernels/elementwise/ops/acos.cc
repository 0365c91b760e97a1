#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math_f64.h"

namespace edgert {
namespace {

struct Acos {
  static constexpr bool kRare = true;
  static EDGERT_INLINE float f32(float x) {
    return static_cast<float>(math::kPi / 2 - math::asin(static_cast<double>(x)));
  }
};

const ElementwiseOp registration = define_elementwise<Acos>("acos");

}  // namespace
}  // namespace edgert
