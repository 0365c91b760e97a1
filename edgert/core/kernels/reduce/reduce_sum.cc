// reduce_sum, docs/kernels.md. Integers wrap.
#include "kernels/reduce/reduce.h"

namespace edgert {
namespace {

struct Sum {
  template <typename T>
  static EDGERT_INLINE T combine(T a, T b) {
    return wrapping_add(a, b);
  }
  template <typename T>
  static EDGERT_INLINE T finish(T total, int64_t) {
    return total;
  }
};

const Kernel kernel{"reduce_sum", 1, "x -> y", prepare_reduce, run_reduce<Sum>};

}  // namespace
}  // namespace edgert
