#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

// alpha: a.
struct Celu {
  static EDGERT_INLINE float f32(float x, Immediates k) {
    return math::select(x < 0.0f, k.a * math::expm1(x / k.a), x);
  }
};

const ElementwiseOp registration = define_elementwise<Celu>("celu");

}  // namespace
}  // namespace edgert
