#include "kernels/elementwise/define.h"

namespace edgert {
namespace {

struct Reciprocal {
  static EDGERT_INLINE float f32(float x) { return 1.0f / x; }
  static EDGERT_INLINE double f64(double x) { return 1.0 / x; }
};

const ElementwiseOp registration = define_elementwise<Reciprocal>("reciprocal");

}  // namespace
}  // namespace edgert
