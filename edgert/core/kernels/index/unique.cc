// unique: rows that differ from each other, docs/kernels.md.
#include <algorithm>
#include <numeric>

#include "kernels/copy/checks.h"
#include "kernels/index/order.h"
#include "runtime/kernel.h"

namespace edgert {
namespace {

struct Params {
  int32_t sorted;  // 1: in ascending order; 0: as they first occur
};
constexpr ParamField kFields[] = {EDGERT_FIELD(Params, sorted)};

bool is_vector(const Tensor& tensor, int32_t size) {
  return tensor.rank == 1 && tensor.dtype == DType::kS64 && tensor.dims[0] == size &&
         is_writable(tensor);
}

Status prepare(Call& call) {
  const Tensor& x = *call.inputs[0];
  const Tensor* limit = call.inputs[1];
  EDGERT_CHECK(call, x.rank == 2, "x is no matrix");
  EDGERT_CHECK(call, limit == nullptr || is_one(*limit, DType::kS64), "the limit is no int64");
  for (int i = 0; i < 4; ++i) {
    EDGERT_CHECK(call, is_vector(*call.outputs[i], i < 3 ? x.dims[0] : 1),
                 "output %d is not s64 of the size of x, or 1", i);
  }
  EDGERT_CHECK(call, element_key(x.dtype) != nullptr, "x has a type without order");
  // Rows in order, the group of each row, and of each group the first row and its number.
  call.scratch_bytes = static_cast<uint64_t>(x.dims[0]) * 4 * sizeof(int64_t);
  return Status::kOk;
}

// Before, equal or after: negative, 0 or positive.
int compare(const Tensor& x, ElementKey key_of, int64_t a, int64_t b) {
  const int64_t element = static_cast<int64_t>(dtype_size(x.dtype));
  const std::byte* data = static_cast<const std::byte*>(x.data);
  for (int64_t j = 0; j < x.dims[1]; ++j) {
    const int64_t column = j * x.strides[1];
    const int64_t ka = key_of(data + (a * x.strides[0] + column) * element);
    const int64_t kb = key_of(data + (b * x.strides[0] + column) * element);
    if (ka != kb) return ka < kb ? -1 : 1;
  }
  return 0;
}

struct Groups {
  explicit Groups(std::byte* scratch, int64_t n)
      : order(reinterpret_cast<int64_t*>(scratch)),
        of_row(order + n),
        first(order + 2 * n),
        number(order + 3 * n) {}

  int64_t* order;   // rows, sorted
  int64_t* of_row;  // the group of each row
  int64_t* first;   // of each group: the row that comes first
  int64_t* number;  // of each group: its place in the output
  int64_t count = 0;
};

void find_groups(const Tensor& x, int64_t n, Groups* groups) {
  const ElementKey key_of = element_key(x.dtype);
  const auto before = [&](int64_t a, int64_t b) {
    const int order = compare(x, key_of, a, b);
    return order != 0 ? order < 0 : a < b;
  };
  std::iota(groups->order, groups->order + n, int64_t{0});
  make_heap(groups->order, n, before);
  sort_heap(groups->order, n, before);
  for (int64_t i = 0; i < n; ++i) {
    const int64_t row = groups->order[i];
    if (i == 0 || compare(x, key_of, groups->order[i - 1], row) != 0) {
      groups->first[groups->count++] = row;
    }
    groups->of_row[row] = groups->count - 1;
  }
}

void number_groups(bool sorted, int64_t n, Groups* groups) {
  if (sorted) {
    std::iota(groups->number, groups->number + groups->count, int64_t{0});
    return;
  }
  int64_t next = 0;
  for (int64_t row = 0; row < n; ++row) {
    const int64_t group = groups->of_row[row];
    if (groups->first[group] == row) groups->number[group] = next++;
  }
}

Status run(const Call& call, int64_t, int64_t, std::byte* scratch) {
  const Tensor& x = *call.inputs[0];
  const int64_t size = x.dims[0];
  const Tensor* limit = call.inputs[1];
  const int64_t n = limit == nullptr ? size : std::clamp<int64_t>(*limit->as<int64_t>(), 0, size);
  const auto at = [&](int output, int64_t i) -> int64_t& {
    return call.outputs[output]->as<int64_t>()[i * call.outputs[output]->strides[0]];
  };
  Groups groups(scratch, size);
  find_groups(x, n, &groups);
  number_groups(call.parameters<Params>().sorted != 0, n, &groups);
  for (int64_t i = 0; i < size; ++i) at(0, i) = at(1, i) = at(2, i) = 0;
  for (int64_t group = 0; group < groups.count; ++group) {
    at(0, groups.number[group]) = groups.first[group];
  }
  for (int64_t row = 0; row < n; ++row) {
    at(1, row) = groups.number[groups.of_row[row]];
    ++at(2, at(1, row));
  }
  for (int64_t i = groups.count; i < size; ++i) at(0, i) = at(0, 0);
  at(3, 0) = groups.count;
  return Status::kOk;
}

const Kernel kernel{
    "unique", 1,  "x, limit? -> positions, inverse, counts, count", sizeof(Params), kFields,
    prepare,  run};

}  // namespace
}  // namespace edgert
