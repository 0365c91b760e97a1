#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

// alpha: a.
struct Elu {
  static EDGERT_INLINE float f32(float x, Immediates k) {
    return math::select(x < 0.0f, k.a * math::expm1(x), x);
  }
};

const ElementwiseOp registration = define_elementwise<Elu>("elu");

}  // namespace
}  // namespace edgert
