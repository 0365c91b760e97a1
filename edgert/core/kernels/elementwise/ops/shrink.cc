#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

// lambd: a, bias: b.
struct Shrink {
  static EDGERT_INLINE float f32(float x, Immediates k) {
    const float inside = math::select(x != x, x, 0.0f);
    return math::select(x < -k.a, x + k.b, math::select(x > k.a, x - k.b, inside));
  }
};

const ElementwiseOp registration = define_elementwise<Shrink>("shrink");

}  // namespace
}  // namespace edgert
