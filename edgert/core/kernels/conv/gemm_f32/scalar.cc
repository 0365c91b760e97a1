#include <algorithm>

#include "kernels/conv/fused.h"
#include "kernels/conv/gemm_f32.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

constexpr int32_t kBlock = 16;

void store(const GemmF32Args& args, int32_t p, int32_t c0, const float (&acc)[kBlock]) {
  float* y = static_cast<float*>(args.y[p]);
  for (int32_t c = c0; c < c0 + kBlock && c < args.channels; ++c) {
    float t = acc[c - c0];
    if (args.residual != nullptr) t += static_cast<const float*>(args.residual[p])[c];
    t = t < args.act_min ? args.act_min : t;  // NaN passes
    y[c] = t > args.act_max ? args.act_max : t;
  }
}

template <typename Add>
void compute(const GemmF32Args& args) {
  const int64_t block_size = int64_t{args.runs} * args.run_length * kBlock;
  for (int32_t c0 = 0; c0 < args.channels; c0 += kBlock) {
    for (int32_t p = 0; p < args.pixels; ++p) {
      const float* w = args.weights + c0 / kBlock * block_size;
      float acc[kBlock];
      std::copy_n(args.bias + c0, kBlock, acc);
      for (int32_t r = 0; r < args.runs; ++r) {
        const float* x = args.rows[int64_t{r} * args.pixels + p];
        for (int32_t i = 0; i < args.run_length; ++i, w += kBlock) {
          for (int32_t j = 0; j < kBlock; ++j) acc[j] = Add::product(x[i], w[j], acc[j]);
        }
      }
      store(args, p, c0, acc);
    }
  }
}

void gemm_scalar(const GemmF32Args& args) {
  args.fused ? compute<Fused>(args) : compute<Rounded>(args);
}

constexpr GemmF32 kOps{8, gemm_scalar};
const Microkernel<GemmF32> registration{Isa::kScalar, kOps};

}  // namespace
}  // namespace edgert
