#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"
#include "kernels/elementwise/math_f64.h"

namespace edgert {
namespace {

struct Max {
  static EDGERT_INLINE float f32(float a, float b) { return math::max(a, b); }
  static EDGERT_INLINE double f64(double a, double b) { return math::max(a, b); }
  static EDGERT_INLINE int64_t s64(int64_t a, int64_t b) { return a > b ? a : b; }
};

const ElementwiseOp registration = define_elementwise<Max>("max");

}  // namespace
}  // namespace edgert
