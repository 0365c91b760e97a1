// log_softmax: y = (x - max) - log(sum of exp(x - max)), docs/kernels.md.
#include "kernels/reduce/softmax.h"

namespace edgert {
namespace {

constexpr int64_t kChunk = 256;  // a multiple of the lanes

struct LogSoftmax {
  static EDGERT_INLINE void run(float* y, const float* x, int64_t n) {
    const float maximum = row_maximum(x, n);
    float sum = 0.0f;
    for (int64_t i = 0; i < n; i += kChunk) {
      float unused[kChunk];
      sum += exponentials(unused, x + i, std::min(kChunk, n - i), maximum);
    }
    const float log_sum = math::log(sum);
    for (int64_t i = 0; i < n; ++i) y[i] = (x[i] - maximum) - log_sum;
  }
};

const Kernel kernel{"log_softmax", 1, prepare_softmax, run_softmax<LogSoftmax>};

}  // namespace
}  // namespace edgert
