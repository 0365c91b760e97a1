// reduce_mean, docs/kernels.md. Integers: the sum wraps, the quotient is rounded toward zero.
#include "kernels/reduce/reduce.h"

namespace edgert {
namespace {

struct Mean {
  template <typename T>
  static EDGERT_INLINE T combine(T a, T b) {
    return wrapping_add(a, b);
  }
  template <typename T>
  static EDGERT_INLINE T finish(T total, int64_t count) {
    return total / static_cast<T>(count);
  }
};

const Kernel kernel{"reduce_mean", 1, "x -> y", prepare_reduce, run_reduce<Mean>};

}  // namespace
}  // namespace edgert
