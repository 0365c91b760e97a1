// What a kernel declares of its operands, and the one place where calls are held to it.
#ifndef EDGERT_RUNTIME_OPERANDS_H_
#define EDGERT_RUNTIME_OPERANDS_H_

#include "runtime/status.h"

namespace edgert {

struct Call;

// "x, weights, residual? -> y": names of inputs and outputs in the order of the call.
//   x?    may be missing; those at the end may be left out of the call altogether
//   x...  any number of inputs, none of which is missing
class Operands {
 public:
  constexpr Operands(const char* text) : text_(text) {}  // NOLINT: kernels give the text itself

  const char* text() const { return text_; }
  // The call has as many operands as there are names, and all that are not optional.
  Status check(const Call& call) const;

 private:
  const char* text_;
};

}  // namespace edgert

#endif  // EDGERT_RUNTIME_OPERANDS_H_
