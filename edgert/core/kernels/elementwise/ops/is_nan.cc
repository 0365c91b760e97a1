#include "kernels/elementwise/define.h"

namespace edgert {
namespace {

struct IsNan {
  static EDGERT_INLINE float f32(float x) { return x != x ? 1.0f : 0.0f; }
  static EDGERT_INLINE double f64(double x) { return x != x ? 1.0 : 0.0; }
};

const ElementwiseOp registration = define_elementwise<IsNan>("is_nan");

}  // namespace
}  // namespace edgert
