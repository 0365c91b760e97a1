#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

struct Softplus {
  static EDGERT_INLINE float f32(float x) { return math::softplus(x); }
};

const ElementwiseOp registration = define_elementwise<Softplus>("softplus");

}  // namespace
}  // namespace edgert
