#include "kernels/elementwise/define.h"
#include "kernels/elementwise/integers.h"

namespace edgert {
namespace {

// a, without operands.
struct Constant {
  static EDGERT_INLINE float f32(Immediates k) { return k.a; }
  static EDGERT_INLINE double f64(Immediates k) { return static_cast<double>(k.a); }
  static EDGERT_INLINE int64_t s64(Immediates k) { return integer(k.a); }
};

const ElementwiseOp registration = define_elementwise<Constant>("constant");

}  // namespace
}  // namespace edgert
