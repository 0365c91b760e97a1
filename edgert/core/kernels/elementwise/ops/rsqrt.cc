#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

struct Rsqrt {
  static EDGERT_INLINE float f32(float x) { return 1.0f / math::sqrt(x); }
};

const ElementwiseOp registration = define_elementwise<Rsqrt>("rsqrt");

}  // namespace
}  // namespace edgert
