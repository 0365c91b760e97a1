#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

struct Relu {
  static EDGERT_INLINE float f32(float x) { return math::select(x < 0.0f, 0.0f, x); }
  static EDGERT_INLINE double f64(double x) { return x < 0.0 ? 0.0 : x; }
  static EDGERT_INLINE int64_t s64(int64_t x) { return x < 0 ? 0 : x; }
};

const ElementwiseOp registration = define_elementwise<Relu>("relu");

}  // namespace
}  // namespace edgert
