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

#include <type_traits>

#include "kernels/multiversion.h"
#include "kernels/reduce/axes.h"
#include "runtime/kernel.h"

namespace edgert {

constexpr int64_t kReduceLanes = 16;

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
struct ReduceRow {
  static EDGERT_INLINE void run(T* __restrict total, const T* __restrict x, int64_t n) {
    for (int64_t j = 0; j < n; ++j) total[j] = Op::combine(total[j], x[j]);
  }
};

// Of n totals, each of `count` elements.
template <typename Op, typename T>
void finish_totals(T* total, int64_t n, int64_t count) {
  for (int64_t j = 0; j < n; ++j) total[j] = Op::finish(total[j], count);
}

// The loops of one reduction over elements of type T.
template <typename T>
struct ReduceLoops {
  void (*run)(T* total, const T* x, int64_t n, bool first);
  void (*row)(T* total, const T* x, int64_t n);
  void (*finish)(T* total, int64_t n, int64_t count);
};

// For this machine. Integer operands are shapes and indices: one version is enough.
template <typename Op, typename T>
ReduceLoops<T> reduce_loops() {
  if constexpr (std::is_same_v<T, float>) {
    return {versions_of<ReduceRun<Op, T>>().selected(), versions_of<ReduceRow<Op, T>>().selected(),
            finish_totals<Op, T>};
  } else {
    return {baseline_of<ReduceRun<Op, T>>().selected(), baseline_of<ReduceRow<Op, T>>().selected(),
            finish_totals<Op, T>};
  }
}

// Computes tiles [begin, end) of a call. T is float, int32_t or int64_t.
template <typename T>
void reduce_tiles(const Call& call, int64_t begin, int64_t end, const ReduceLoops<T>& loops);
extern template void reduce_tiles(const Call&, int64_t, int64_t, const ReduceLoops<float>&);
extern template void reduce_tiles(const Call&, int64_t, int64_t, const ReduceLoops<int32_t>&);
extern template void reduce_tiles(const Call&, int64_t, int64_t, const ReduceLoops<int64_t>&);

Status prepare_reduce(Call& call);

template <typename Op>
Status run_reduce(const Call& call, int64_t begin, int64_t end, std::byte*) {
  switch (call.inputs[0]->dtype) {
    case DType::kS32:
      reduce_tiles<int32_t>(call, begin, end, reduce_loops<Op, int32_t>());
      break;
    case DType::kS64:
      reduce_tiles<int64_t>(call, begin, end, reduce_loops<Op, int64_t>());
      break;
    default:
      reduce_tiles<float>(call, begin, end, reduce_loops<Op, float>());
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
