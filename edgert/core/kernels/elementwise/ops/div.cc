#include "kernels/elementwise/define.h"
#include "kernels/elementwise/integers.h"

namespace edgert {
namespace {

// Integers: rounds toward zero; x / 0 is 0.
struct Div {
  static EDGERT_INLINE float f32(float a, float b) { return a / b; }
  static EDGERT_INLINE double f64(double a, double b) { return a / b; }
  static EDGERT_INLINE int64_t s64(int64_t a, int64_t b) { return divide(a, b); }
};

const ElementwiseOp registration = define_elementwise<Div>("div");

}  // namespace
}  // namespace edgert
