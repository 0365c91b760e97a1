#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"
#include "kernels/elementwise/math_f64.h"

namespace edgert {
namespace {

struct Min {
  static EDGERT_INLINE float f32(float a, float b) { return math::min(a, b); }
  static EDGERT_INLINE double f64(double a, double b) { return math::min(a, b); }
  static EDGERT_INLINE int64_t s64(int64_t a, int64_t b) { return a < b ? a : b; }
};

const ElementwiseOp registration = define_elementwise<Min>("min");

}  // namespace
}  // namespace edgert
