#include "kernels/elementwise/define.h"

namespace edgert {
namespace {

struct BitwiseXor {
  static EDGERT_INLINE int64_t s64(int64_t a, int64_t b) { return a ^ b; }
};

const ElementwiseOp registration = define_elementwise<BitwiseXor>("bitwise_xor");

}  // namespace
}  // namespace edgert
