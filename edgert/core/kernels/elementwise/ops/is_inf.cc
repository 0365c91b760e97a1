#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

// Detects +inf if a is not 0, -inf if b is not 0.
struct IsInf {
  static EDGERT_INLINE float f32(float x, Immediates k) {
    return (k.a != 0.0f && x == math::kInfinity) || (k.b != 0.0f && x == -math::kInfinity) ? 1.0f
                                                                                           : 0.0f;
  }
  static EDGERT_INLINE double f64(double x, Immediates k) {
    constexpr double kInfinity = __builtin_inf();
    return (k.a != 0.0f && x == kInfinity) || (k.b != 0.0f && x == -kInfinity) ? 1.0 : 0.0;
  }
};

const ElementwiseOp registration = define_elementwise<IsInf>("is_inf");

}  // namespace
}  // namespace edgert
