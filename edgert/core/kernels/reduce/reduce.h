// The loops of reduce_*: one file per reduction instantiates them with an operation,
//
//   struct Sum {
//     template <typename T> static EDGERT_INLINE T combine(T a, T b);
//     template <typename T> static EDGERT_INLINE T finish(T total, int64_t count);
//   };
//
// Every output is computed by one thread in an order that depends on the shapes alone. Contiguous
// runs are combined in 16 interleaved lanes on every instruction set, so results are the same bits.
#ifndef EDGERT_KERNELS_REDUCE_REDUCE_H_
#define EDGERT_KERNELS_REDUCE_REDUCE_H_

#include <algorithm>
#include <type_traits>

#include "kernels/multiversion.h"
#include "kernels/reduce/axes.h"
#include "runtime/kernel.h"

namespace edgert {

constexpr int64_t kReduceLanes = 16;
constexpr int64_t kReduceBlock = 256;  // outputs of one tile

// *total = combine(*total, x[0] ... x[n - 1]), where n is at least 1; `first`: without *total.
template <typename Op, typename T>
struct ReduceRun {
  static EDGERT_INLINE void run(T* total, const T* x, int64_t n, bool first) {
    T result = x[0];
    int64_t i = 1;
    if (n >= 2 * kReduceLanes) {
      T lanes[kReduceLanes];
      for (int64_t k = 0; k < kReduceLanes; ++k) lanes[k] = x[k];
      for (i = kReduceLanes; i + kReduceLanes <= n; i += kReduceLanes) {
        for (int64_t k = 0; k < kReduceLanes; ++k) lanes[k] = Op::combine(lanes[k], x[i + k]);
      }
      for (int64_t half = kReduceLanes / 2; half > 0; half /= 2) {
        for (int64_t k = 0; k < half; ++k) lanes[k] = Op::combine(lanes[k], lanes[k + half]);
      }
      result = lanes[0];
    }
    for (; i < n; ++i) result = Op::combine(result, x[i]);
    *total = first ? result : Op::combine(*total, result);
  }
};

// total[j] = combine(total[j], x[j]).
template <typename Op, typename T>
struct ReduceRows {
  static EDGERT_INLINE void run(T* __restrict total, const T* __restrict x, int64_t n) {
    for (int64_t j = 0; j < n; ++j) total[j] = Op::combine(total[j], x[j]);
  }
};

namespace internal {

template <typename Body, typename T, typename... Args>
EDGERT_INLINE void dispatch(Args... args) {
  if constexpr (std::is_same_v<T, float>) {
    multiversion<Body>(args...);
  } else {
    baseline_of<Body>().functions[0](args...);
  }
}

// All of `reduced` for one output whose first input is x.
template <typename Op, typename T>
T reduce_one(const ReduceAxes::Group& reduced, const T* x) {
  const ReduceAxes::Dim& inner = reduced.inner();
  const int64_t outer = reduced.outer_count();
  T total{};
  for (int64_t i = 0; i < outer; ++i) {
    const T* run = x + reduced.outer_x(i);
    if (inner.x_stride == 1) {
      dispatch<ReduceRun<Op, T>, T>(&total, run, inner.size, i == 0);
      continue;
    }
    for (int64_t begin = 0; begin < inner.size; begin += kReduceBlock) {
      const int64_t n = std::min(kReduceBlock, inner.size - begin);
      T gathered[kReduceBlock];
      for (int64_t k = 0; k < n; ++k) gathered[k] = run[(begin + k) * inner.x_stride];
      dispatch<ReduceRun<Op, T>, T>(&total, static_cast<const T*>(gathered), n,
                                    i == 0 && begin == 0);
    }
  }
  return total;
}

// n outputs whose inputs are neighbours: whole rows at a time.
template <typename Op, typename T>
void reduce_rows(const ReduceAxes::Group& reduced, const T* x, T* total, int64_t n) {
  const ReduceAxes::Dim& inner = reduced.inner();
  const int64_t outer = reduced.outer_count();
  for (int64_t i = 0; i < outer; ++i) {
    const T* rows = x + reduced.outer_x(i);
    for (int64_t k = 0; k < inner.size; ++k) {
      const T* row = rows + k * inner.x_stride;
      if (i == 0 && k == 0) {
        std::copy(row, row + n, total);
      } else {
        dispatch<ReduceRows<Op, T>, T>(total, row, n);
      }
    }
  }
}

template <typename Op, typename T>
void reduce_tile(const Call& call, const ReduceAxes& axes, int64_t index) {
  const ReduceAxes::Dim& inner = axes.kept.inner();
  const int64_t blocks = (inner.size + kReduceBlock - 1) / kReduceBlock;
  const int64_t begin = index % blocks * kReduceBlock;
  const int64_t n = std::min(kReduceBlock, inner.size - begin);
  const T* x = call.inputs[0]->as<T>() + axes.kept.outer_x(index / blocks) + begin * inner.x_stride;
  T* y = call.outputs[0]->as<T>() + axes.kept.outer_y(index / blocks) + begin * inner.y_stride;
  T totals[kReduceBlock];
  if (inner.x_stride == 1) {
    reduce_rows<Op, T>(axes.reduced, x, totals, n);
  } else {
    for (int64_t j = 0; j < n; ++j)
      totals[j] = reduce_one<Op, T>(axes.reduced, x + j * inner.x_stride);
  }
  const int64_t count = axes.reduced.count();
  for (int64_t j = 0; j < n; ++j) y[j * inner.y_stride] = Op::finish(totals[j], count);
}

}  // namespace internal

template <typename Op>
Status prepare_reduce(Call& call) {
  EDGERT_RETURN_IF_ERROR(check_reduce(call));
  const Tensor& x = *call.inputs[0];
  const Tensor& y = *call.outputs[0];
  EDGERT_CHECK(call, x.dtype == y.dtype, "x and y differ in type");
  EDGERT_CHECK(call, x.dtype == DType::kF32 || x.dtype == DType::kS32 || x.dtype == DType::kS64,
               "unsupported type");
  const ReduceAxes axes(x, y);
  const int64_t blocks = (axes.kept.inner().size + kReduceBlock - 1) / kReduceBlock;
  call.tiles = y.count == 0 ? 0 : axes.kept.outer_count() * blocks;
  return Status::kOk;
}

template <typename Op>
Status run_reduce(const Call& call, int64_t begin, int64_t end, std::byte*) {
  const ReduceAxes axes(*call.inputs[0], *call.outputs[0]);
  for (int64_t i = begin; i < end; ++i) {
    switch (call.inputs[0]->dtype) {
      case DType::kS32:
        internal::reduce_tile<Op, int32_t>(call, axes, i);
        break;
      case DType::kS64:
        internal::reduce_tile<Op, int64_t>(call, axes, i);
        break;
      default:
        internal::reduce_tile<Op, float>(call, axes, i);
    }
  }
  return Status::kOk;
}

// Sums and products of integers wrap.
template <typename T>
EDGERT_INLINE T wrapping_add(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a + b;
  } else {
    using U = std::make_unsigned_t<T>;
    return static_cast<T>(static_cast<U>(a) + static_cast<U>(b));
  }
}

}  // namespace edgert

#endif  // EDGERT_KERNELS_REDUCE_REDUCE_H_
