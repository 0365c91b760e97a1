#include "kernels/elementwise/define.h"

namespace edgert {
namespace {

// Of truth values.
struct Or {
  static EDGERT_INLINE float f32(float a, float b) {
    return ((a != 0.0f) | (b != 0.0f)) ? 1.0f : 0.0f;
  }
  static EDGERT_INLINE int64_t s64(int64_t a, int64_t b) { return ((a != 0) | (b != 0)) ? 1 : 0; }
};

const ElementwiseOp registration = define_elementwise<Or>("or");

}  // namespace
}  // namespace edgert
