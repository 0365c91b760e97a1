// Sums are floats: for CPUs without arithmetic on halves.
#include "kernels/conv/gemm_f16.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

constexpr int32_t kBlock = 16;
constexpr int32_t kPixels = 8;

using Sums = float[kPixels][kBlock];

// The products of one step of K for all pixels, so that weights are widened once.
void multiply(Sums& sums, const Half* const* rows, int32_t pixels, int32_t i, const Half* w) {
  float weights[kBlock];
  for (int32_t j = 0; j < kBlock; ++j) weights[j] = to_float(w[j]);
  for (int32_t p = 0; p < pixels; ++p) {
    const float x = to_float(rows[p][i]);
    for (int32_t j = 0; j < kBlock; ++j) sums[p][j] += x * weights[j];
  }
}

void store(const GemmF16Args& args, int32_t p, int32_t c0, const float (&sums)[kBlock]) {
  Half* y = static_cast<Half*>(args.y[p]);
  for (int32_t c = c0; c < c0 + kBlock && c < args.channels; ++c) {
    float t = sums[c - c0] + args.bias[c];
    if (args.residual != nullptr) t += to_float(static_cast<const Half*>(args.residual[p])[c]);
    t = t > args.act_min ? t : args.act_min;
    y[c] = to_half(t < args.act_max ? t : args.act_max);
  }
}

void gemm_scalar(const GemmF16Args& args) {
  const Half* w = args.weights;
  for (int32_t c0 = 0; c0 < args.channels; c0 += kBlock) {
    Sums sums = {};
    for (int32_t r = 0; r < args.runs; ++r) {
      const Half* const* rows = args.rows + int64_t{r} * args.pixels;
      for (int32_t i = 0; i < args.run_length; ++i, w += kBlock) {
        multiply(sums, rows, args.pixels, i, w);
      }
    }
    for (int32_t p = 0; p < args.pixels; ++p) store(args, p, c0, sums[p]);
  }
}

constexpr GemmF16 kOps{kPixels, gemm_scalar};
const Microkernel<GemmF16> registration{Isa::kScalar, kOps};

}  // namespace
}  // namespace edgert
