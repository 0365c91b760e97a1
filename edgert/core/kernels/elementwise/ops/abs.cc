#include "kernels/elementwise/define.h"
#include "kernels/elementwise/integers.h"
#include "kernels/elementwise/math.h"
#include "kernels/elementwise/math_f64.h"

namespace edgert {
namespace {

struct Abs {
  static EDGERT_INLINE float f32(float x) { return math::abs(x); }
  static EDGERT_INLINE double f64(double x) { return math::abs(x); }
  static EDGERT_INLINE int64_t s64(int64_t x) { return x < 0 ? wrap(-bits(x)) : x; }
};

const ElementwiseOp registration = define_elementwise<Abs>("abs");

}  // namespace
}  // namespace edgert
