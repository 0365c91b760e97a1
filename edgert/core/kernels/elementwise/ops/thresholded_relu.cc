#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

// alpha: a.
struct ThresholdedRelu {
  static EDGERT_INLINE float f32(float x, Immediates k) {
    return math::select((x > k.a) | (x != x), x, 0.0f);
  }
};

const ElementwiseOp registration = define_elementwise<ThresholdedRelu>("thresholded_relu");

}  // namespace
}  // namespace edgert
