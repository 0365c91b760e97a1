#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

// The exact one, with erf.
struct Gelu {
  static EDGERT_INLINE float f32(float x) { return 0.5f * x * (1.0f + math::erf(x * 0.70710678f)); }
};

const ElementwiseOp registration = define_elementwise<Gelu>("gelu");

}  // namespace
}  // namespace edgert
