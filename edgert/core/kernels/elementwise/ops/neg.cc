#include "kernels/elementwise/define.h"
#include "kernels/elementwise/integers.h"

namespace edgert {
namespace {

struct Neg {
  static EDGERT_INLINE float f32(float x) { return -x; }
  static EDGERT_INLINE double f64(double x) { return -x; }
  static EDGERT_INLINE int64_t s64(int64_t x) { return wrap(-bits(x)); }
};

const ElementwiseOp registration = define_elementwise<Neg>("neg");

}  // namespace
}  // namespace edgert
