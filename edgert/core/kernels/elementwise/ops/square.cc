#include "kernels/elementwise/define.h"
#include "kernels/elementwise/integers.h"

namespace edgert {
namespace {

struct Square {
  static EDGERT_INLINE float f32(float x) { return x * x; }
  static EDGERT_INLINE double f64(double x) { return x * x; }
  static EDGERT_INLINE int64_t s64(int64_t x) { return wrap(bits(x) * bits(x)); }
};

const ElementwiseOp registration = define_elementwise<Square>("square");

}  // namespace
}  // namespace edgert
