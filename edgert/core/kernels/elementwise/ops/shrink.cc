#include "kernels/elementwise/define.h"

namespace edgert {
namespace {

// lambd: a, bias: b.
struct Shrink {
  static EDGERT_INLINE float f32(float x, Immediates k) {
    return x < -k.a ? x + k.b : (x > k.a ? x - k.b : (x != x ? x : 0.0f));
  }
};

const ElementwiseOp registration = define_elementwise<Shrink>("shrink");

}  // namespace
}  // namespace edgert
