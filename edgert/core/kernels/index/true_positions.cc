// true_positions: where a condition holds, and how often, docs/kernels.md.
#include "kernels/copy/checks.h"
#include "runtime/kernel.h"

namespace edgert {
namespace {

Status prepare(Call& call) {
  const Tensor& condition = *call.inputs[0];
  const Tensor& positions = *call.outputs[0];
  const Tensor& count = *call.outputs[1];
  EDGERT_CHECK(call, condition.rank == 1 && condition.dtype == DType::kBool,
               "the condition is no vector of bool");
  EDGERT_CHECK(call,
               positions.rank == 1 && positions.dtype == DType::kS64 &&
                   positions.dims[0] == condition.dims[0],
               "the positions are no vector of int64 of the condition's size");
  EDGERT_CHECK(call, is_one(count, DType::kS64), "the count is no int64");
  EDGERT_CHECK(call, is_writable(positions), "output elements share memory");
  return Status::kOk;
}

Status run(const Call& call, int64_t, int64_t, std::byte*) {
  const Tensor& condition = *call.inputs[0];
  Tensor& positions = *call.outputs[0];
  const uint8_t* holds = condition.as<uint8_t>();
  int64_t* to = positions.as<int64_t>();
  const int64_t n = condition.dims[0], from_step = condition.strides[0];
  const int64_t to_step = positions.strides[0];
  int64_t count = 0;
  for (int64_t i = 0; i < n; ++i) {
    if (holds[i * from_step] != 0) to[count++ * to_step] = i;
  }
  *call.outputs[1]->as<int64_t>() = count;
  const int64_t padding = count > 0 ? to[0] : 0;
  for (int64_t i = count; i < n; ++i) to[i * to_step] = padding;
  return Status::kOk;
}

const Kernel kernel{"true_positions", 1, "condition -> positions, count", prepare, run};

}  // namespace
}  // namespace edgert
