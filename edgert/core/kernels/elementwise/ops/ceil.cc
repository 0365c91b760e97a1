#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"
#include "kernels/elementwise/math_f64.h"

namespace edgert {
namespace {

struct Ceil {
  static EDGERT_INLINE float f32(float x) { return math::ceil(x); }
  static EDGERT_INLINE double f64(double x) { return math::ceil(x); }
};

const ElementwiseOp registration = define_elementwise<Ceil>("ceil");

}  // namespace
}  // namespace edgert
