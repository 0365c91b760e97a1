// top_k: the k best along one axis, best first, docs/kernels.md.
#include <algorithm>
#include <cstring>

#include "kernels/copy/checks.h"
#include "kernels/index/order.h"
#include "runtime/kernel.h"

namespace edgert {
namespace {

constexpr int64_t kTileElements = 8192;

struct Params {
  int32_t smallest;  // 1: the smallest are the best
};
constexpr ParamField kFields[] = {EDGERT_FIELD(Params, smallest)};

struct Entry {
  int64_t key;
  int64_t index;
};

// Among equals, the one that comes first.
constexpr auto better = [](const Entry& a, const Entry& b) {
  return a.key != b.key ? a.key > b.key : a.index < b.index;
};

int64_t rows_per_tile(const Tensor& x) { return std::max<int64_t>(1, kTileElements / x.dims[1]); }

Status prepare(Call& call) {
  const Tensor& x = *call.inputs[0];
  const Tensor& values = *call.outputs[0];
  const Tensor& indices = *call.outputs[1];
  EDGERT_CHECK(call, values.dtype == x.dtype && indices.dtype == DType::kS64,
               "values have another type than x, or indices are not int64");
  EDGERT_CHECK(call, element_key(x.dtype) != nullptr, "x has a type without order");
  for (const Tensor* tensor : {&x, &values, &indices}) {
    EDGERT_CHECK(call, tensor->rank == 3, "needs three dimensions");
    EDGERT_CHECK(call, tensor->dims[0] == x.dims[0] && tensor->dims[2] == x.dims[2],
                 "operands differ in shape");
  }
  EDGERT_CHECK(call, values.dims[1] == indices.dims[1] && values.dims[1] <= x.dims[1],
               "values and indices do not fit x");
  EDGERT_CHECK(call, is_writable(values) && is_writable(indices), "output elements share memory");
  call.scratch_bytes = static_cast<uint64_t>(values.dims[1]) * sizeof(Entry);
  const int64_t rows = int64_t{x.dims[0]} * x.dims[2];
  call.tiles = (rows + rows_per_tile(x) - 1) / rows_per_tile(x);
  return Status::kOk;
}

// The k best of n elements, best first.
void select(Entry* best, int64_t k, const std::byte* x, int64_t step, int64_t n, ElementKey key_of,
            int64_t flip) {
  for (int64_t i = 0; i < k; ++i) best[i] = {key_of(x + i * step) ^ flip, i};
  make_heap(best, k, better);
  for (int64_t i = k; i < n; ++i) {
    const int64_t key = key_of(x + i * step) ^ flip;
    if (key <= best[0].key) continue;
    best[0] = {key, i};
    sift_down(best, k, 0, better);
  }
  sort_heap(best, k, better);
}

Status run(const Call& call, int64_t begin, int64_t end, std::byte* scratch) {
  const Tensor& x = *call.inputs[0];
  Tensor& values = *call.outputs[0];
  Tensor& indices = *call.outputs[1];
  const ElementKey key_of = element_key(x.dtype);
  const int64_t flip = call.parameters<Params>().smallest != 0 ? -1 : 0;
  const int64_t element = static_cast<int64_t>(dtype_size(x.dtype));
  const int64_t k = values.dims[1], inner = x.dims[2];
  Entry* best = reinterpret_cast<Entry*>(scratch);
  const int64_t last = std::min(end * rows_per_tile(x), x.dims[0] * inner);
  for (int64_t row = begin * rows_per_tile(x); row < last; ++row) {
    const auto start = [&](const Tensor& tensor) {
      return row / inner * tensor.strides[0] + row % inner * tensor.strides[2];
    };
    const std::byte* from = static_cast<const std::byte*>(x.data) + start(x) * element;
    std::byte* to = static_cast<std::byte*>(values.data) + start(values) * element;
    int64_t* at = indices.as<int64_t>() + start(indices);
    select(best, k, from, x.strides[1] * element, x.dims[1], key_of, flip);
    for (int64_t i = 0; i < k; ++i) {
      std::memcpy(to + i * values.strides[1] * element,
                  from + best[i].index * x.strides[1] * element, static_cast<size_t>(element));
      at[i * indices.strides[1]] = best[i].index;
    }
  }
  return Status::kOk;
}

const Kernel kernel{"top_k", 1, "x -> values, indices", sizeof(Params), kFields, prepare, run};

}  // namespace
}  // namespace edgert
