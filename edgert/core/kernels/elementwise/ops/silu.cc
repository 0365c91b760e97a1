#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

struct Silu {
  static EDGERT_INLINE float f32(float x) { return x * math::sigmoid(x); }
};

const ElementwiseOp registration = define_elementwise<Silu>("silu");

}  // namespace
}  // namespace edgert
