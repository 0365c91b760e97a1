// if: runs the first of its two bodies where the condition holds, else the second.
#include "kernels/copy/checks.h"
#include "runtime/kernel.h"

namespace edgert {
namespace {

constexpr ParamField kFields[] = {EDGERT_FIELD(IfParams, then_calls),
                                  EDGERT_FIELD(IfParams, else_calls)};

Status prepare(Call& call) {
  EDGERT_CHECK(call, is_one(*call.inputs[0], DType::kBool), "the condition is not one truth value");
  return Status::kOk;
}

const Kernel kernel{"if", 1, "condition ->", sizeof(IfParams), kFields, prepare, Control::kIf};

}  // namespace
}  // namespace edgert
