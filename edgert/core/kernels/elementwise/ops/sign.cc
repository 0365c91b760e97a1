#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

struct Sign {
  static EDGERT_INLINE float f32(float x) {
    return math::select(x > 0.0f, 1.0f, math::select(x < 0.0f, -1.0f, x));
  }
  static EDGERT_INLINE double f64(double x) { return x > 0.0 ? 1.0 : (x < 0.0 ? -1.0 : x); }
  static EDGERT_INLINE int64_t s64(int64_t x) { return x > 0 ? 1 : (x < 0 ? -1 : 0); }
};

const ElementwiseOp registration = define_elementwise<Sign>("sign");

}  // namespace
}  // namespace edgert
