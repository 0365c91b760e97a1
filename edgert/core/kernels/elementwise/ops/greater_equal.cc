#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

struct GreaterEqual {
  static EDGERT_INLINE float f32(float a, float b) { return math::select(a >= b, 1.0f, 0.0f); }
  static EDGERT_INLINE double f64(double a, double b) { return a >= b ? 1.0 : 0.0; }
  static EDGERT_INLINE int64_t s64(int64_t a, int64_t b) { return a >= b ? 1 : 0; }
};

const ElementwiseOp registration = define_elementwise<GreaterEqual>("greater_equal");

}  // namespace
}  // namespace edgert
