#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"
#include "kernels/elementwise/math_f64.h"

namespace edgert {
namespace {

struct Sqrt {
  static EDGERT_INLINE float f32(float x) { return math::sqrt(x); }
  static EDGERT_INLINE double f64(double x) { return math::sqrt(x); }
};

const ElementwiseOp registration = define_elementwise<Sqrt>("sqrt");

}  // namespace
}  // namespace edgert
