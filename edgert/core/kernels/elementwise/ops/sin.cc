#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math_f64.h"

namespace edgert {
namespace {

struct Sin {
  static EDGERT_INLINE float f32(float x) {
    return static_cast<float>(math::sincos(static_cast<double>(x)).sin);
  }
};

const ElementwiseOp registration = define_elementwise<Sin>("sin");

}  // namespace
}  // namespace edgert
