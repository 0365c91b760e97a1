// scatter: y is data, but for the rows that indices name, docs/kernels.md.
//
// Dimensions: d indexed ones, then those that are not. A tile is a slice of all operands along one
// of the latter, so no two tiles write the same element, and within a tile updates come in order.
#include <algorithm>

#include "kernels/copy/checks.h"
#include "kernels/copy/strided.h"
#include "kernels/index/indices.h"
#include "kernels/index/scatter_rows.h"
#include "runtime/kernel.h"

namespace edgert {
namespace {

constexpr int64_t kTileElements = 16 * 1024;

struct Params {
  int32_t reduction;  // Reduction
};
constexpr ParamField kFields[] = {EDGERT_FIELD(Params, reduction)};

// Dimensions of the operands that are shared by all, counted from the first that is not indexed.
struct Shape {
  explicit Shape(const Call& call)
      : shared(call.inputs[2]->rank - 1), indexed(call.outputs[0]->rank - shared) {
    const Tensor& y = *call.outputs[0];
    for (int i = 0; i < shared; ++i) {
      if (split < 0 || y.dims[indexed + i] > y.dims[indexed + split]) split = i;
    }
    if (split < 0) return;
    const int64_t size = y.dims[indexed + split];
    const int64_t work = (y.count + call.inputs[2]->count) / size;
    // Few tiles: slices of an inner dimension are slow to copy.
    const int64_t most = call.threads == 1 ? 1 : 2 * int64_t{call.threads};
    width = std::max(kTileElements / std::max<int64_t>(1, work), (size + most - 1) / most);
  }

  int64_t tiles(const Tensor& y) const {
    return split < 0 ? 1 : (y.dims[indexed + split] + width - 1) / width;
  }

  int shared;
  int indexed;
  int split = -1;     // the largest shared dimension; -1: there is none
  int64_t width = 1;  // of a tile
};

// Entries [from, from + width) of one dimension, as many as there are.
Tensor slice(const Tensor& tensor, int dim, int64_t from, int64_t width) {
  Tensor part = tensor;
  const int64_t size = std::clamp<int64_t>(tensor.dims[dim] - from, 0, width);
  part.dims[dim] = static_cast<int32_t>(size);
  part.count = tensor.count / tensor.dims[dim] * size;
  if (size == 0) return part;
  const int64_t bytes = from * tensor.strides[dim] * static_cast<int64_t>(dtype_size(tensor.dtype));
  part.data = static_cast<std::byte*>(tensor.data) + bytes;
  return part;
}

void copy(const Tensor& data, const Tensor& y) {
  if (data.data == y.data && std::equal(y.strides, y.strides + y.rank, data.strides)) return;
  const StridedCopy plan(data, y);
  plan.run(data.data, y.data, 0, plan.tiles());
}

Status prepare(Call& call) {
  const Tensor* data = call.inputs[0];
  const Tensor& indices = *call.inputs[1];
  const Tensor& updates = *call.inputs[2];
  const Tensor& y = *call.outputs[0];
  EDGERT_CHECK(call, data == nullptr || (data->dtype == y.dtype && same_dims(*data, y)),
               "data and output differ in type or shape");
  EDGERT_CHECK(call, updates.dtype == y.dtype, "updates and output differ in type");
  EDGERT_CHECK(call, is_index_type(indices.dtype), "indices are neither int32 nor int64");
  EDGERT_CHECK(call,
               updates.rank >= 1 && indices.rank == updates.rank + 1 && y.rank >= updates.rank &&
                   indices.dims[updates.rank] == y.rank - updates.rank + 1,
               "the ranks do not fit each other");
  const Shape shape(call);
  for (int i = 0; i < updates.rank; ++i) {
    EDGERT_CHECK(call, indices.dims[i] == updates.dims[i], "indices and updates differ in shape");
    EDGERT_CHECK(call, i == 0 || updates.dims[i] <= y.dims[shape.indexed + i - 1],
                 "updates are larger than the output");
  }
  EDGERT_CHECK(call, is_writable(y), "output elements share memory");
  EDGERT_CHECK(call, scatter_row(y.dtype, call.parameters<Params>().reduction) != nullptr,
               "does not combine elements of this type in this way");
  call.tiles = shape.tiles(y);
  return Status::kOk;
}

// Where in y a tuple of indices leads, in elements. False where one is out of range; then `offset`
// is the dimension.
bool locate(const Tensor& y, const Tensor& indices, int64_t tuple, int indexed, int64_t* offset) {
  int64_t total = 0;
  for (int i = 0; i < indexed; ++i) {
    int64_t index = index_at(indices, tuple + i * indices.strides[indices.rank - 1]);
    const int64_t size = y.dims[i];
    if (index < -size || index >= size) {
      *offset = i;
      return false;
    }
    total += (index < 0 ? index + size : index) * y.strides[i];
  }
  *offset = total;
  return true;
}

// One row of the innermost dimension: where its elements are, in elements, and how they lie.
struct Row {
  int64_t length;
  int64_t y, y_stride;
  int64_t x, x_stride;
  int64_t tuple, tuple_stride;  // 0: one tuple places the whole row
};

// The row's place by its number, row-major over all but the innermost dimension of the updates.
Row row_at(const Tensor& y, const Tensor& indices, const Tensor& updates, int indexed,
           int64_t number) {
  const int inner = updates.rank - 1;
  Row row = {1, 0, 0, 0, 0, 0, 0};
  if (inner > 0) {  // else the only dimension is that of the tuples
    row.length = updates.dims[inner];
    row.y_stride = y.strides[y.rank - 1];
    row.x_stride = updates.strides[inner];
    row.tuple_stride = indices.strides[inner];
  }
  for (int i = inner > 0 ? inner - 1 : inner; i >= 0; --i) {
    const int64_t at = number % updates.dims[i];
    number /= updates.dims[i];
    row.x += at * updates.strides[i];
    row.tuple += at * indices.strides[i];
    if (i > 0) row.y += at * y.strides[indexed + i - 1];
  }
  return row;
}

Status write_row(const Call& call, const Tensor& y, const Tensor& indices, const Tensor& updates,
                 const Row& row, ScatterRow write) {
  constexpr int64_t kBlock = 64;
  const int64_t element = static_cast<int64_t>(dtype_size(y.dtype));
  const int indexed = indices.dims[indices.rank - 1];
  const bool whole = row.tuple_stride == 0;
  const int64_t step = whole ? row.length : kBlock;
  std::byte* to = static_cast<std::byte*>(y.data) + row.y * element;
  const std::byte* from = static_cast<const std::byte*>(updates.data) + row.x * element;
  for (int64_t first = 0; first < row.length; first += step) {
    const int64_t n = std::min(step, row.length - first);
    int64_t offsets[kBlock];
    for (int64_t j = 0; j < (whole ? 1 : n); ++j) {
      const int64_t tuple = row.tuple + (first + j) * row.tuple_stride;
      if (!locate(y, indices, tuple, indexed, &offsets[j])) {
        const int64_t at = tuple + offsets[j] * indices.strides[indices.rank - 1];
        return out_of_range(call, index_at(indices, at), y.dims[offsets[j]]);
      }
      if (!whole) offsets[j] += (first + j) * row.y_stride;
    }
    write(whole ? to + offsets[0] * element : to, whole ? nullptr : offsets, row.y_stride,
          from + first * row.x_stride * element, row.x_stride, n);
  }
  return Status::kOk;
}

Status scatter(const Call& call, const Tensor& y, const Tensor& indices, const Tensor& updates,
               int indexed) {
  const ScatterRow write = scatter_row(y.dtype, call.parameters<Params>().reduction);
  const int64_t length = updates.rank > 1 ? updates.dims[updates.rank - 1] : 1;
  for (int64_t i = 0; i * length < updates.count; ++i) {
    EDGERT_RETURN_IF_ERROR(
        write_row(call, y, indices, updates, row_at(y, indices, updates, indexed, i), write));
  }
  return Status::kOk;
}

Status run(const Call& call, int64_t begin, int64_t end, std::byte*) {
  const Shape shape(call);
  const auto part = [&](const Tensor& tensor, int first_shared, int64_t tile) {
    return shape.split < 0
               ? tensor
               : slice(tensor, first_shared + shape.split, tile * shape.width, shape.width);
  };
  for (int64_t tile = begin; tile < end; ++tile) {
    const Tensor y = part(*call.outputs[0], shape.indexed, tile);
    const Tensor indices = part(*call.inputs[1], 1, tile);
    const Tensor updates = part(*call.inputs[2], 1, tile);
    if (call.inputs[0] != nullptr) copy(part(*call.inputs[0], shape.indexed, tile), y);
    EDGERT_RETURN_IF_ERROR(scatter(call, y, indices, updates, shape.indexed));
  }
  return Status::kOk;
}

const Kernel kernel{"scatter", 1,  "data?, indices, updates -> y", sizeof(Params), kFields,
                    prepare,   run};

}  // namespace
}  // namespace edgert
