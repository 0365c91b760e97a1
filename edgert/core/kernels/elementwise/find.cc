#include <cstring>

#include "kernels/elementwise/elementwise.h"

namespace edgert {

const ElementwiseOp* find_elementwise_op(const char* name) {
  for (const ElementwiseOp* op = ElementwiseOp::first(); op != nullptr; op = op->next) {
    if (std::strcmp(op->name, name) == 0) return op;
  }
  return nullptr;
}

}  // namespace edgert
