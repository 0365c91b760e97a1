#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math_f64.h"

namespace edgert {
namespace {

struct Atan {
  static constexpr bool kRare = true;
  static EDGERT_INLINE float f32(float x) {
    return static_cast<float>(math::atan(static_cast<double>(x)));
  }
};

const ElementwiseOp registration = define_elementwise<Atan>("atan");

}  // namespace
}  // namespace edgert
