#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

struct Tanh {
  static EDGERT_INLINE float f32(float x) { return math::tanh(x); }
};

const ElementwiseOp registration = define_elementwise<Tanh>("tanh");

}  // namespace
}  // namespace edgert
