// strided_copy: y = x, any strides.
#include "kernels/copy/checks.h"
#include "kernels/copy/strided.h"
#include "runtime/kernel.h"

namespace edgert {
namespace {

Status prepare(Call& call) {
  const Tensor& x = *call.inputs[0];
  const Tensor& y = *call.outputs[0];
  EDGERT_CHECK(call, x.dtype == y.dtype, "input and output differ in type");
  EDGERT_CHECK(call, same_dims(x, y), "input and output differ in shape");
  EDGERT_CHECK(call, is_writable(y), "output elements share memory");
  call.tiles = StridedCopy(x, y).tiles();
  return Status::kOk;
}

Status run(const Call& call, int64_t begin, int64_t end, std::byte*) {
  const Tensor& x = *call.inputs[0];
  Tensor& y = *call.outputs[0];
  StridedCopy(x, y).run(x.data, y.data, begin, end);
  return Status::kOk;
}

const Kernel kernel{"strided_copy", 1, "x -> y", prepare, run};

}  // namespace
}  // namespace edgert
