// loop: runs its body once for each iteration.
#include "kernels/copy/checks.h"
#include "runtime/kernel.h"

namespace edgert {
namespace {

constexpr ParamField kFields[] = {EDGERT_FIELD(LoopParams, body_calls)};

Status prepare(Call& call) {
  EDGERT_CHECK(call, is_one(*call.inputs[0], DType::kS64), "the trip count is not one int64");
  EDGERT_CHECK(call, call.input(1) == nullptr || is_one(*call.inputs[1], DType::kBool),
               "the condition is not one truth value");
  EDGERT_CHECK(call, is_one(*call.outputs[0], DType::kS64), "the output is not one int64");
  return Status::kOk;
}

const Kernel kernel{
    "loop",        1, "trip_count, condition? -> number", sizeof(LoopParams), kFields, prepare,
    Control::kLoop};

}  // namespace
}  // namespace edgert
