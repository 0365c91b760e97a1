// log_softmax: y = (x - max) - log(sum of exp(x - max)), docs/kernels.md.
#include "kernels/elementwise/math.h"
#include "kernels/reduce/softmax.h"

namespace edgert {
namespace {

void log_softmax(float* y, const float* x, int64_t n) {
  const SoftmaxSums row = softmax_sums(nullptr, x, n);
  const float log_sum = math::log(row.sum);
  for (int64_t i = 0; i < n; ++i) y[i] = (x[i] - row.maximum) - log_sum;
}

const Kernel kernel{"log_softmax", 1, "x -> y", prepare_softmax, run_softmax<log_softmax>};

}  // namespace
}  // namespace edgert
