// reduce_max, docs/kernels.md. NaN wins.
#include "kernels/elementwise/math.h"
#include "kernels/reduce/reduce.h"

namespace edgert {
namespace {

struct Max {
  template <typename T>
  static EDGERT_INLINE T combine(T a, T b) {
    return math::select((a > b) | (a != a), a, b);
  }
  template <typename T>
  static EDGERT_INLINE T finish(T total, int64_t) {
    return total;
  }
};

const Kernel kernel{"reduce_max", 1, "x -> y", prepare_reduce, run_reduce<Max>};

}  // namespace
}  // namespace edgert
