#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

EDGERT_INLINE float mish(float x) {
  const float e = math::exp(math::select(x > 20.0f, 20.0f, x));
  const float n = e * (e + 2.0f);
  return math::select(x > 20.0f, x, x * (n / (n + 2.0f)));
}

// x * tanh(softplus(x)) with e = exp(x) is x * n / (n + 2), n = e * (e + 2); above 20 it is x.
struct Mish {
  static EDGERT_INLINE float f32(float x) { return mish(x); }
};

const ElementwiseOp registration = define_elementwise<Mish>("mish");

}  // namespace
}  // namespace edgert
