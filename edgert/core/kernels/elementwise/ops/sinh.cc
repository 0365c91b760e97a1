#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math_f64.h"

namespace edgert {
namespace {

struct Sinh {
  static constexpr bool kRare = true;
  static EDGERT_INLINE float f32(float x) {
    return static_cast<float>(math::sinh(static_cast<double>(x)));
  }
};

const ElementwiseOp registration = define_elementwise<Sinh>("sinh");

}  // namespace
}  // namespace edgert
