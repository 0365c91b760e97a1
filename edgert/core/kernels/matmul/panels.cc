#include "kernels/matmul/panels.h"

#include <algorithm>

namespace edgert {
namespace {

constexpr int64_t kPanelBytes = 128 * 1024;  // stays in the second-level cache

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
int64_t round_up(int64_t value) { return ceil_div(value, kMatmulBlock) * kMatmulBlock; }

}  // namespace

MatmulShape::MatmulShape(const Call& call)
    : batch(call.inputs[0]->dims[0]),
      m(call.inputs[0]->dims[1]),
      k(call.inputs[0]->dims[2]),
      n(call.inputs[1]->dims[2]) {}

Status check_matmul(Call& call, DType dtype) {
  const Tensor& a = *call.inputs[0];
  const Tensor& b = *call.inputs[1];
  const Tensor& y = *call.outputs[0];
  EDGERT_CHECK(call, a.dtype == dtype && b.dtype == dtype && y.dtype == dtype,
               "a, b and y are not of the kernel's type");
  EDGERT_CHECK(call, a.rank == 3 && b.rank == 3 && y.rank == 3, "a, b and y need three dimensions");
  EDGERT_CHECK(call, a.dims[0] == b.dims[0] && a.dims[0] == y.dims[0], "batches differ");
  EDGERT_CHECK(call, a.dims[2] == b.dims[1], "a has %d columns, b has %d rows", a.dims[2],
               b.dims[1]);
  EDGERT_CHECK(call, a.dims[1] == y.dims[1] && b.dims[2] == y.dims[2],
               "y is not [batch, rows, columns]");
  EDGERT_CHECK(call, a.dims[2] >= 1 || y.count == 0, "nothing to sum over");
  return Status::kOk;
}

MatmulPanels::MatmulPanels(const MatmulShape& shape, int32_t threads, size_t element_size) {
  const int64_t all = round_up(std::max<int64_t>(1, shape.n));
  const int64_t column_bytes = std::max<int64_t>(1, shape.k) * static_cast<int64_t>(element_size);
  const int64_t cached = kPanelBytes / column_bytes / kMatmulBlock * kMatmulBlock;
  const int64_t per_thread = shape.batch >= threads ? all : round_up(ceil_div(all, threads));
  columns = std::max(kMatmulBlock, std::min(cached, per_thread));
  panels = ceil_div(shape.n, columns);
}

MatmulPanels::Tile MatmulPanels::tile(const MatmulShape& shape, int64_t index) const {
  const int64_t first = index % panels * columns;
  return {index / panels, first, std::min(columns, shape.n - first)};
}

}  // namespace edgert
