#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

// alpha: a.
struct LeakyRelu {
  static EDGERT_INLINE float f32(float x, Immediates k) {
    return math::select(x < 0.0f, x * k.a, x);
  }
};

const ElementwiseOp registration = define_elementwise<LeakyRelu>("leaky_relu");

}  // namespace
}  // namespace edgert
