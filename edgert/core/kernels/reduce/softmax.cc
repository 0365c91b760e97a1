// softmax: y = exp(x - max) / sum of them, docs/kernels.md.
#include "kernels/reduce/softmax.h"

#include "kernels/multiversion.h"

namespace edgert {
namespace {

struct Scale {
  static EDGERT_INLINE void run(float* y, int64_t n, float factor) {
    for (int64_t i = 0; i < n; ++i) y[i] *= factor;
  }
};

void softmax(float* y, const float* x, int64_t n) {
  const float sum = softmax_sums(y, x, n).sum;
  multiversion<Scale>(y, n, 1.0f / sum);
}

const Kernel kernel{"softmax", 1, "x -> y", prepare_softmax, run_softmax<softmax>};

}  // namespace
}  // namespace edgert
