#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"
#include "kernels/elementwise/math_f64.h"

namespace edgert {
namespace {

// Half to even.
struct Round {
  static EDGERT_INLINE float f32(float x) { return math::round(x); }
  static EDGERT_INLINE double f64(double x) { return math::round(x); }
};

const ElementwiseOp registration = define_elementwise<Round>("round");

}  // namespace
}  // namespace edgert
