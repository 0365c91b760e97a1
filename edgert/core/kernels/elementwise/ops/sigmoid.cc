#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

struct Sigmoid {
  static EDGERT_INLINE float f32(float x) { return math::sigmoid(x); }
};

const ElementwiseOp registration = define_elementwise<Sigmoid>("sigmoid");

}  // namespace
}  // namespace edgert
