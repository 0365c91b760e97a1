// reduce_min, docs/kernels.md. NaN wins.
#include "kernels/elementwise/math.h"
#include "kernels/reduce/reduce.h"

namespace edgert {
namespace {

struct Min {
  template <typename T>
  static EDGERT_INLINE T combine(T a, T b) {
    return math::select((a < b) | (a != a), a, b);
  }
  template <typename T>
  static EDGERT_INLINE T finish(T total, int64_t) {
    return total;
  }
};

const Kernel kernel{"reduce_min", 1, "x -> y", prepare_reduce, run_reduce<Min>};

}  // namespace
}  // namespace edgert
