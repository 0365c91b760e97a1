#include "kernels/elementwise/define.h"

namespace edgert {
namespace {

struct Reciprocal {
  static EDGERT_INLINE float f32(float x) { return 1.0f / x; }
};

const ElementwiseOp registration = define_elementwise<Reciprocal>("reciprocal");

}  // namespace
}  // namespace edgert
