#include "kernels/conv/epilogue_s8.h"
#include "kernels/conv/gemm_s8.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

// Sums are modulo 2^32, as in vector registers.
uint32_t accumulate(const GemmS8Args& args, int32_t pixel, int32_t channel) {
  const int64_t block_bytes = int64_t{args.runs} * args.run_bytes * 16;
  const int8_t* w = args.weights + channel / 16 * block_bytes + channel % 16 * 4;
  uint32_t acc = static_cast<uint32_t>(args.bias[channel]);
  if (args.pixel_bias != nullptr) acc += static_cast<uint32_t>(args.pixel_bias[pixel]);
  for (int32_t r = 0; r < args.runs; ++r) {
    const int8_t* x = args.rows[int64_t{r} * args.pixels + pixel];
    for (int32_t i = 0; i < args.run_bytes; i += 4, w += 64) {
      const int32_t sum = x[i] * w[0] + x[i + 1] * w[1] + x[i + 2] * w[2] + x[i + 3] * w[3];
      acc += static_cast<uint32_t>(sum);
    }
  }
  return acc;
}

template <typename T>
void gemm_scalar(const GemmS8Args& args) {
  for (int32_t p = 0; p < args.pixels; ++p) {
    const T* residual =
        args.residual != nullptr ? static_cast<const T*>(args.residual[p]) : nullptr;
    T* y = static_cast<T*>(args.y[p]);
    for (int32_t c = 0; c < args.channels; ++c) {
      const auto acc = static_cast<int32_t>(accumulate(args, p, c));
      float t = static_cast<float>(acc) * args.scale[c];
      if (args.post_bias != nullptr) t += args.post_bias[c];
      store_output(args, t, residual != nullptr ? residual + c : nullptr, y + c);
    }
  }
}

constexpr GemmS8 kOps{8, 1, gemm_scalar<int8_t>, gemm_scalar<float>};
const Microkernel<GemmS8> registration{Isa::kScalar, kOps};

}  // namespace
}  // namespace edgert
