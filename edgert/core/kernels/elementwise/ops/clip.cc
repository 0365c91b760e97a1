#include "kernels/elementwise/define.h"
#include "kernels/elementwise/integers.h"
#include "kernels/elementwise/math.h"
#include "kernels/elementwise/math_f64.h"

namespace edgert {
namespace {

EDGERT_INLINE int64_t clip(int64_t x, Immediates k) {
  const int64_t low = integer(k.a);
  const int64_t high = integer(k.b);
  const int64_t raised = x < low ? low : x;
  return raised > high ? high : raised;
}

// Limits a and b; where a > b the result is b.
struct Clip {
  static EDGERT_INLINE float f32(float x, Immediates k) {
    return math::min(math::max(x, k.a), k.b);
  }
  static EDGERT_INLINE double f64(double x, Immediates k) {
    return math::min(math::max(x, static_cast<double>(k.a)), static_cast<double>(k.b));
  }
  static EDGERT_INLINE int64_t s64(int64_t x, Immediates k) { return clip(x, k); }
};

const ElementwiseOp registration = define_elementwise<Clip>("clip");

}  // namespace
}  // namespace edgert
