// gather: y[o, i, :] = data[o, indices[i], :]
#include "kernels/copy/checks.h"
#include "kernels/copy/strided.h"
#include "kernels/index/indices.h"
#include "runtime/kernel.h"

namespace edgert {
namespace {

constexpr int64_t kTileBytes = 32 * 1024;

// The [inner] row at [outer, index] of a tensor [outer, axis, inner].
Tensor row_of(const Tensor& tensor) {
  Tensor row = tensor;
  row.rank = 1;
  row.dims[0] = tensor.dims[2];
  row.strides[0] = tensor.strides[2];
  row.count = row.dims[0];
  return row;
}

std::byte* at(const Tensor& tensor, int64_t outer, int64_t index) {
  const int64_t element = outer * tensor.strides[0] + index * tensor.strides[1];
  return static_cast<std::byte*>(tensor.data) +
         element * static_cast<int64_t>(dtype_size(tensor.dtype));
}

int64_t rows_per_tile(const Tensor& y) {
  const int64_t row_bytes = y.dims[2] * static_cast<int64_t>(dtype_size(y.dtype));
  return std::max<int64_t>(1, kTileBytes / row_bytes);
}

Status prepare(Call& call) {
  const Tensor& data = *call.inputs[0];
  const Tensor& indices = *call.inputs[1];
  const Tensor& y = *call.outputs[0];
  EDGERT_CHECK(call, data.rank == 3 && y.rank == 3 && indices.rank == 1, "has wrong ranks");
  EDGERT_CHECK(call, data.dtype == y.dtype, "data and output differ in type");
  EDGERT_CHECK(call, is_index_type(indices.dtype), "indices are neither int32 nor int64");
  EDGERT_CHECK(
      call, data.dims[0] == y.dims[0] && data.dims[2] == y.dims[2] && indices.dims[0] == y.dims[1],
      "data, indices and output differ in shape");
  EDGERT_CHECK(call, is_writable(y), "output elements share memory");
  const int64_t rows = int64_t{y.dims[0]} * y.dims[1];
  call.tiles = (rows + rows_per_tile(y) - 1) / rows_per_tile(y);
  return Status::kOk;
}

Status run(const Call& call, int64_t begin, int64_t end, std::byte*) {
  const Tensor& data = *call.inputs[0];
  const Tensor& indices = *call.inputs[1];
  const Tensor& y = *call.outputs[0];
  const StridedCopy row(row_of(data), row_of(y));
  const int64_t axis = data.dims[1];
  const int64_t rows = int64_t{y.dims[0]} * y.dims[1];
  const int64_t last = std::min(end * rows_per_tile(y), rows);
  for (int64_t r = begin * rows_per_tile(y); r < last; ++r) {
    const int64_t outer = r / y.dims[1];
    const int64_t i = r % y.dims[1];
    int64_t index = index_at(indices, i * indices.strides[0]);
    if (index < -axis || index >= axis) return out_of_range(call, index, axis);
    if (index < 0) index += axis;
    row.run(at(data, outer, index), at(y, outer, i), 0, row.tiles());
  }
  return Status::kOk;
}

const Kernel kernel{"gather", 1, "data, indices -> y", prepare, run};

}  // namespace
}  // namespace edgert
