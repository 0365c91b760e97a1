#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"
#include "kernels/elementwise/math_f64.h"

namespace edgert {
namespace {

struct Trunc {
  static EDGERT_INLINE float f32(float x) { return math::trunc(x); }
  static EDGERT_INLINE double f64(double x) { return math::trunc(x); }
};

const ElementwiseOp registration = define_elementwise<Trunc>("trunc");

}  // namespace
}  // namespace edgert
