#include "kernels/elementwise/define.h"

namespace edgert {
namespace {

// alpha: a.
struct LeakyRelu {
  static EDGERT_INLINE float f32(float x, Immediates k) { return x < 0.0f ? x * k.a : x; }
};

const ElementwiseOp registration = define_elementwise<LeakyRelu>("leaky_relu");

}  // namespace
}  // namespace edgert
