#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

struct HardSwish {
  static EDGERT_INLINE float f32(float x) {
    return x * math::min(math::max(x * (1.0f / 6.0f) + 0.5f, 0.0f), 1.0f);
  }
};

const ElementwiseOp registration = define_elementwise<HardSwish>("hard_swish");

}  // namespace
}  // namespace edgert
