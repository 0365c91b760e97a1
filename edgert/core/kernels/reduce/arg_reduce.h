// The loops of arg_max and arg_min: index of the first (or last) best value along one axis.
#ifndef EDGERT_KERNELS_REDUCE_ARG_REDUCE_H_
#define EDGERT_KERNELS_REDUCE_ARG_REDUCE_H_

#include <algorithm>

#include "kernels/reduce/axes.h"
#include "runtime/kernel.h"

namespace edgert {

struct ArgReduceParams {
  int32_t select_last_index;  // among equal values
};
constexpr ParamField kArgReduceFields[] = {EDGERT_FIELD(ArgReduceParams, select_last_index)};
constexpr int64_t kArgReduceBlock = 64;  // outputs of one tile

inline Status prepare_arg_reduce(Call& call) {
  EDGERT_RETURN_IF_ERROR(check_reduce(call));
  const Tensor& x = *call.inputs[0];
  const Tensor& y = *call.outputs[0];
  EDGERT_CHECK(call, x.dtype == DType::kF32 && y.dtype == DType::kS64, "x must be f32 and y s64");
  int reduced = 0;
  for (int i = 0; i < x.rank; ++i) reduced += x.dims[i] != y.dims[i] ? 1 : 0;
  EDGERT_CHECK(call, reduced <= 1, "more than one axis");
  const ReduceAxes axes(x, y);
  const int64_t blocks = (axes.kept.inner().size + kArgReduceBlock - 1) / kArgReduceBlock;
  call.tiles = y.count == 0 ? 0 : axes.kept.outer_count() * blocks;
  return Status::kOk;
}

// Better::than(a, b): whether a beats b.
template <typename Better>
Status run_arg_reduce(const Call& call, int64_t begin, int64_t end, std::byte*) {
  const ReduceAxes axes(*call.inputs[0], *call.outputs[0]);
  const ReduceAxes::Dim& inner = axes.kept.inner();
  const ReduceAxes::Dim& axis = axes.reduced.inner();
  const bool last = call.parameters<ArgReduceParams>().select_last_index != 0;
  const int64_t blocks = (inner.size + kArgReduceBlock - 1) / kArgReduceBlock;
  for (int64_t i = begin; i < end; ++i) {
    const int64_t first = i % blocks * kArgReduceBlock;
    const int64_t n = std::min(kArgReduceBlock, inner.size - first);
    const float* x =
        call.inputs[0]->as<float>() + axes.kept.outer_x(i / blocks) + first * inner.x_stride;
    int64_t* y =
        call.outputs[0]->as<int64_t>() + axes.kept.outer_y(i / blocks) + first * inner.y_stride;
    float best[kArgReduceBlock];
    int64_t index[kArgReduceBlock] = {};
    for (int64_t j = 0; j < n; ++j) best[j] = x[j * inner.x_stride];
    for (int64_t k = 1; k < axis.size; ++k) {
      const float* row = x + k * axis.x_stride;
      for (int64_t j = 0; j < n; ++j) {
        const float value = row[j * inner.x_stride];
        const bool wins = Better::than(value, best[j]) || (last && value == best[j]);
        best[j] = wins ? value : best[j];
        index[j] = wins ? k : index[j];
      }
    }
    for (int64_t j = 0; j < n; ++j) y[j * inner.y_stride] = index[j];
  }
  return Status::kOk;
}

}  // namespace edgert

#endif  // EDGERT_KERNELS_REDUCE_ARG_REDUCE_H_
