#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

struct Softsign {
  static EDGERT_INLINE float f32(float x) { return x / (1.0f + math::abs(x)); }
};

const ElementwiseOp registration = define_elementwise<Softsign>("softsign");

}  // namespace
}  // namespace edgert
