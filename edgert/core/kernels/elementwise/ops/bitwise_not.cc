#include "kernels/elementwise/define.h"

namespace edgert {
namespace {

struct BitwiseNot {
  static EDGERT_INLINE int64_t s64(int64_t x) { return ~x; }
};

const ElementwiseOp registration = define_elementwise<BitwiseNot>("bitwise_not");

}  // namespace
}  // namespace edgert
