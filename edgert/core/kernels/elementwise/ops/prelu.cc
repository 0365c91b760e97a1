#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

struct Prelu {
  static EDGERT_INLINE float f32(float x, float slope) {
    return math::select(x < 0.0f, x * slope, x);
  }
};

const ElementwiseOp registration = define_elementwise<Prelu>("prelu");

}  // namespace
}  // namespace edgert
