#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

struct Floor {
  static EDGERT_INLINE float f32(float x) { return math::floor(x); }
};

const ElementwiseOp registration = define_elementwise<Floor>("floor");

}  // namespace
}  // namespace edgert
