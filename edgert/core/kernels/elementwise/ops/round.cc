#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

// Half to even.
struct Round {
  static EDGERT_INLINE float f32(float x) { return math::round(x); }
};

const ElementwiseOp registration = define_elementwise<Round>("round");

}  // namespace
}  // namespace edgert
