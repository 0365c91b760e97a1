// softmax: y = exp(x - max) / sum of them, docs/kernels.md.
#include "kernels/reduce/softmax.h"

namespace edgert {
namespace {

struct Softmax {
  static EDGERT_INLINE void run(float* y, const float* x, int64_t n) {
    const float sum = exponentials(y, x, n, row_maximum(x, n));
    const float factor = 1.0f / sum;
    for (int64_t i = 0; i < n; ++i) y[i] *= factor;
  }
};

const Kernel kernel{"softmax", 1, prepare_softmax, run_softmax<Softmax>};

}  // namespace
}  // namespace edgert
