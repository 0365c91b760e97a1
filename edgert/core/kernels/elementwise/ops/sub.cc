#include "kernels/elementwise/define.h"
#include "kernels/elementwise/integers.h"

namespace edgert {
namespace {

struct Sub {
  static EDGERT_INLINE float f32(float a, float b) { return a - b; }
  static EDGERT_INLINE double f64(double a, double b) { return a - b; }
  static EDGERT_INLINE int64_t s64(int64_t a, int64_t b) { return wrap(bits(a) - bits(b)); }
};

const ElementwiseOp registration = define_elementwise<Sub>("sub");

}  // namespace
}  // namespace edgert
