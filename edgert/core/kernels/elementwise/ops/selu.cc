#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

// alpha: a, gamma: b.
struct Selu {
  static EDGERT_INLINE float f32(float x, Immediates k) {
    return math::select(x < 0.0f, (k.b * k.a) * math::expm1(x), k.b * x);
  }
};

const ElementwiseOp registration = define_elementwise<Selu>("selu");

}  // namespace
}  // namespace edgert
