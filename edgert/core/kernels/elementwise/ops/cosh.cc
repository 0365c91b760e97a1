#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math_f64.h"

namespace edgert {
namespace {

struct Cosh {
  static constexpr bool kRare = true;
  static EDGERT_INLINE float f32(float x) {
    return static_cast<float>(math::cosh(static_cast<double>(x)));
  }
};

const ElementwiseOp registration = define_elementwise<Cosh>("cosh");

}  // namespace
}  // namespace edgert
