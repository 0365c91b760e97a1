#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

struct Erf {
  static EDGERT_INLINE float f32(float x) { return math::erf(x); }
};

const ElementwiseOp registration = define_elementwise<Erf>("erf");

}  // namespace
}  // namespace edgert
