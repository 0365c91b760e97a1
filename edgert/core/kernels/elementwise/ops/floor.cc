#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"
#include "kernels/elementwise/math_f64.h"

namespace edgert {
namespace {

struct Floor {
  static EDGERT_INLINE float f32(float x) { return math::floor(x); }
  static EDGERT_INLINE double f64(double x) { return math::floor(x); }
};

const ElementwiseOp registration = define_elementwise<Floor>("floor");

}  // namespace
}  // namespace edgert
