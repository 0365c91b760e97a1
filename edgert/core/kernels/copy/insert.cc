// insert: y[:, index, :] = x[:, 0, :]; the rest of y stays as it is.
#include "kernels/copy/checks.h"
#include "kernels/copy/strided.h"
#include "kernels/index/indices.h"
#include "runtime/kernel.h"

namespace edgert {
namespace {

// y[:, index, :] as [outer, 1, inner].
Tensor entry(const Tensor& y, int64_t index) {
  Tensor part = y;
  part.dims[1] = 1;
  part.count = y.count / y.dims[1];
  part.data = static_cast<std::byte*>(y.data) +
              index * y.strides[1] * static_cast<int64_t>(dtype_size(y.dtype));
  return part;
}

Status prepare(Call& call) {
  const Tensor& x = *call.inputs[0];
  const Tensor& index = *call.inputs[1];
  const Tensor& y = *call.outputs[0];
  EDGERT_CHECK(call, is_one(index, DType::kS64), "the index is not one int64");
  EDGERT_CHECK(call, x.dtype == y.dtype, "input and output differ in type");
  EDGERT_CHECK(call, x.rank == 3 && y.rank == 3 && same_dims(x, entry(y, 0)),
               "the input is not one entry of the output");
  EDGERT_CHECK(call, is_writable(y), "output elements share memory");
  call.tiles = StridedCopy(x, entry(y, 0)).tiles();
  return Status::kOk;
}

Status run(const Call& call, int64_t begin, int64_t end, std::byte*) {
  const Tensor& x = *call.inputs[0];
  const Tensor& y = *call.outputs[0];
  const int64_t index = *call.inputs[1]->as<int64_t>();
  if (index < 0 || index >= y.dims[1]) {
    return out_of_range(call, index, y.dims[1]);
  }
  const Tensor target = entry(y, index);
  StridedCopy(x, target).run(x.data, target.data, begin, end);
  return Status::kOk;
}

const Kernel kernel{"insert", 1, "x, index -> y", prepare, run};

}  // namespace
}  // namespace edgert
