#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

struct Where {
  static EDGERT_INLINE float f32(float condition, float a, float b) {
    return math::select(condition != 0.0f, a, b);
  }
  static EDGERT_INLINE double f64(double condition, double a, double b) {
    return condition != 0.0 ? a : b;
  }
  static EDGERT_INLINE int64_t s64(int64_t condition, int64_t a, int64_t b) {
    return condition != 0 ? a : b;
  }
};

const ElementwiseOp registration = define_elementwise<Where>("where");

}  // namespace
}  // namespace edgert
