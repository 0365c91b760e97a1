#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

// alpha: a, beta: b.
struct HardSigmoid {
  static EDGERT_INLINE float f32(float x, Immediates k) {
    return math::min(math::max(x * k.a + k.b, 0.0f), 1.0f);
  }
};

const ElementwiseOp registration = define_elementwise<HardSigmoid>("hard_sigmoid");

}  // namespace
}  // namespace edgert
