// softmax: y = exp(x - max) / sum of them, docs/kernels.md.
#include "kernels/reduce/softmax.h"

namespace edgert {
namespace {

void softmax(float* y, const float* x, int64_t n) {
  const float factor = 1.0f / softmax_sums(y, x, n).sum;
  for (int64_t i = 0; i < n; ++i) y[i] *= factor;
}

const Kernel kernel{"softmax", 1, prepare_softmax, run_softmax<softmax>};

}  // namespace
}  // namespace edgert
