#include "kernels/reduce/reduce.h"

#include <algorithm>

namespace edgert {
namespace {

constexpr int64_t kReduceBlock = 256;  // outputs of one tile

int64_t blocks_of(const ReduceAxes& axes) {
  return (axes.kept.inner().size + kReduceBlock - 1) / kReduceBlock;
}

// All of `reduced` for one output whose first input is x.
template <typename T>
T reduce_one(const ReduceAxes::Group& reduced, const T* x, const ReduceLoops<T>& loops) {
  const ReduceAxes::Dim& inner = reduced.inner();
  const int64_t outer = reduced.outer_count();
  T total{};
  for (int64_t i = 0; i < outer; ++i) {
    const T* run = x + reduced.outer_x(i);
    if (inner.x_stride == 1) {
      loops.run(&total, run, inner.size, i == 0);
      continue;
    }
    for (int64_t begin = 0; begin < inner.size; begin += kReduceBlock) {
      const int64_t n = std::min(kReduceBlock, inner.size - begin);
      T gathered[kReduceBlock];
      for (int64_t k = 0; k < n; ++k) gathered[k] = run[(begin + k) * inner.x_stride];
      loops.run(&total, gathered, n, i == 0 && begin == 0);
    }
  }
  return total;
}

// n outputs whose inputs are neighbours: whole rows at a time, as they lie in memory.
template <typename T>
void reduce_rows(const ReduceAxes::Group& reduced, const T* x, T* total, int64_t n,
                 const ReduceLoops<T>& loops) {
  const ReduceAxes::Dim& inner = reduced.inner();
  const int64_t outer = reduced.outer_count();
  for (int64_t i = 0; i < outer; ++i) {
    const T* rows = x + reduced.outer_x(i);
    for (int64_t k = 0; k < inner.size; ++k) {
      const T* row = rows + k * inner.x_stride;
      if (i == 0 && k == 0) {
        std::copy(row, row + n, total);
      } else {
        loops.row(total, row, n);
      }
    }
  }
}

template <typename T>
void reduce_tile(const Call& call, const ReduceAxes& axes, int64_t index,
                 const ReduceLoops<T>& loops) {
  const ReduceAxes::Dim& inner = axes.kept.inner();
  const int64_t blocks = blocks_of(axes);
  const int64_t begin = index % blocks * kReduceBlock;
  const int64_t n = std::min(kReduceBlock, inner.size - begin);
  const T* x = call.inputs[0]->as<T>() + axes.kept.outer_x(index / blocks) + begin * inner.x_stride;
  T* y = call.outputs[0]->as<T>() + axes.kept.outer_y(index / blocks) + begin * inner.y_stride;
  T totals[kReduceBlock];
  if (inner.x_stride == 1) {
    reduce_rows(axes.reduced, x, totals, n, loops);
  } else {
    for (int64_t j = 0; j < n; ++j) {
      totals[j] = reduce_one(axes.reduced, x + j * inner.x_stride, loops);
    }
  }
  loops.finish(totals, n, axes.reduced.count());
  for (int64_t j = 0; j < n; ++j) y[j * inner.y_stride] = totals[j];
}

}  // namespace

template <typename T>
void reduce_tiles(const Call& call, int64_t begin, int64_t end, const ReduceLoops<T>& loops) {
  const ReduceAxes axes(*call.inputs[0], *call.outputs[0]);
  for (int64_t i = begin; i < end; ++i) reduce_tile(call, axes, i, loops);
}
template void reduce_tiles(const Call&, int64_t, int64_t, const ReduceLoops<float>&);
template void reduce_tiles(const Call&, int64_t, int64_t, const ReduceLoops<int32_t>&);
template void reduce_tiles(const Call&, int64_t, int64_t, const ReduceLoops<int64_t>&);

Status prepare_reduce(Call& call) {
  EDGERT_RETURN_IF_ERROR(check_reduce(call));
  const Tensor& x = *call.inputs[0];
  const Tensor& y = *call.outputs[0];
  EDGERT_CHECK(call, x.dtype == y.dtype, "x and y differ in type");
  EDGERT_CHECK(call, x.dtype == DType::kF32 || x.dtype == DType::kS32 || x.dtype == DType::kS64,
               "unsupported type");
  const ReduceAxes axes(x, y);
  call.tiles = y.count == 0 ? 0 : axes.kept.outer_count() * blocks_of(axes);
  return Status::kOk;
}

}  // namespace edgert
