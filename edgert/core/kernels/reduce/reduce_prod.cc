// reduce_prod, docs/kernels.md. Integers wrap.
#include "kernels/reduce/reduce.h"

namespace edgert {
namespace {

template <typename T>
EDGERT_INLINE T wrapping_mul(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a * b;
  } else {
    using U = std::make_unsigned_t<T>;
    return static_cast<T>(static_cast<U>(a) * static_cast<U>(b));
  }
}

struct Prod {
  template <typename T>
  static EDGERT_INLINE T combine(T a, T b) {
    return wrapping_mul(a, b);
  }
  template <typename T>
  static EDGERT_INLINE T finish(T total, int64_t) {
    return total;
  }
};

const Kernel kernel{"reduce_prod", 1, "x -> y", prepare_reduce, run_reduce<Prod>};

}  // namespace
}  // namespace edgert
