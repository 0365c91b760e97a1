// Sums are floats: for CPUs without arithmetic on halves.
#include "kernels/conv/depthwise_f16.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

float accumulate(const DepthwiseF16Args& args, const Half* const* rows, int32_t o, int32_t c) {
  const Half* w = args.weights + c / 16 * (int64_t{args.kernel_h} * args.kernel_w * 16) + c % 16;
  float sum = args.bias[c];
  for (int32_t i = 0; i < args.kernel_h; ++i) {
    for (int32_t j = 0; j < args.kernel_w; ++j, w += 16) {
      const int64_t column = args.first_column + int64_t{o} * args.stride_w + j;
      if (column < 0 || column >= args.x_columns) continue;
      sum += to_float(rows[i][column * args.x_step + c]) * to_float(*w);
    }
  }
  return sum;
}

void depthwise_scalar(const DepthwiseF16Args& args) {
  for (int32_t h = 0; h < args.height; ++h) {
    const Half* const* rows = args.rows + int64_t{h} * args.kernel_h;
    const Half* residual =
        args.residual != nullptr ? static_cast<const Half*>(args.residual[h]) : nullptr;
    Half* y = static_cast<Half*>(args.y[h]);
    for (int32_t o = 0; o < args.width; ++o) {
      for (int32_t c = 0; c < args.channels; ++c) {
        float t = accumulate(args, rows, o, c);
        if (residual != nullptr) t += to_float(residual[o * args.residual_step + c]);
        t = t > args.act_min ? t : args.act_min;
        y[o * args.y_step + c] = to_half(t < args.act_max ? t : args.act_max);
      }
    }
  }
}

constexpr DepthwiseF16 kOps{16, depthwise_scalar};
const Microkernel<DepthwiseF16> registration{Isa::kScalar, kOps};

}  // namespace
}  // namespace edgert
