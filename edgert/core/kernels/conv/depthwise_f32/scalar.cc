#include "kernels/conv/depthwise_f32.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

float accumulate(const DepthwiseF32Args& args, const float* const* rows, int32_t o, int32_t c) {
  const float* w = args.weights + c / 16 * (int64_t{args.kernel_h} * args.kernel_w * 16) + c % 16;
  float acc = args.bias[c];
  for (int32_t i = 0; i < args.kernel_h; ++i) {
    for (int32_t j = 0; j < args.kernel_w; ++j, w += 16) {
      const int64_t column = args.first_column + int64_t{o} * args.stride_w + j;
      const bool inside = column >= 0 && column < args.x_columns;
      acc += (inside ? rows[i][column * args.x_step + c] : args.padding[c]) * *w;
    }
  }
  return acc;
}

void depthwise_scalar(const DepthwiseF32Args& args) {
  for (int32_t h = 0; h < args.height; ++h) {
    const float* const* rows = args.rows + int64_t{h} * args.kernel_h;
    const float* residual =
        args.residual != nullptr ? static_cast<const float*>(args.residual[h]) : nullptr;
    float* y = static_cast<float*>(args.y[h]);
    for (int32_t o = 0; o < args.width; ++o) {
      for (int32_t c = 0; c < args.channels; ++c) {
        float t = accumulate(args, rows, o, c);
        if (residual != nullptr) t += residual[o * args.residual_step + c];
        t = t > args.act_min ? t : args.act_min;
        y[o * args.y_step + c] = t < args.act_max ? t : args.act_max;
      }
    }
  }
}

constexpr DepthwiseF32 kOps{16, depthwise_scalar};
const Microkernel<DepthwiseF32> registration{Isa::kScalar, kOps};

}  // namespace
}  // namespace edgert
