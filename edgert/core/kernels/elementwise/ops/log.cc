#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

struct Log {
  static EDGERT_INLINE float f32(float x) { return math::log(x); }
};

const ElementwiseOp registration = define_elementwise<Log>("log");

}  // namespace
}  // namespace edgert
