#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

struct Exp {
  static EDGERT_INLINE float f32(float x) { return math::exp(x); }
};

const ElementwiseOp registration = define_elementwise<Exp>("exp");

}  // namespace
}  // namespace edgert
