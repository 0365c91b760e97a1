#include "kernels/elementwise/define.h"

namespace edgert {
namespace {

struct Prelu {
  static EDGERT_INLINE float f32(float x, float slope) { return x < 0.0f ? x * slope : x; }
};

const ElementwiseOp registration = define_elementwise<Prelu>("prelu");

}  // namespace
}  // namespace edgert
