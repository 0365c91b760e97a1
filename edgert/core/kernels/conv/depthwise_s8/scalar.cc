#include "kernels/conv/depthwise_s8.h"
#include "kernels/conv/epilogue_s8.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

// Channel `c` of output column `o`; sums are modulo 2^32, as in vector registers.
uint32_t accumulate(const DepthwiseS8Args& args, const int8_t* const* rows, int32_t o, int32_t c) {
  const int64_t column_bytes = (args.kernel_h + 3) / 4 * 64;
  const int8_t* w = args.weights + c / 16 * args.kernel_w * column_bytes + c % 16 * 4;
  uint32_t acc = static_cast<uint32_t>(args.bias[c]);
  for (int32_t j = 0; j < args.kernel_w; ++j, w += column_bytes) {
    const int64_t column = args.first_column + int64_t{o} * args.stride_w + j;
    const bool inside = column >= 0 && column < args.x_columns;
    for (int32_t i = 0; i < args.kernel_h; ++i) {
      const int32_t x = inside ? rows[i][column * args.x_step + c] : args.padding[c];
      acc += static_cast<uint32_t>(x * w[i / 4 * 64 + i % 4]);
    }
  }
  return acc;
}

template <typename T>
void depthwise_scalar(const DepthwiseS8Args& args) {
  for (int32_t h = 0; h < args.height; ++h) {
    const int8_t* const* rows = args.rows + int64_t{h} * args.kernel_h;
    const T* residual =
        args.residual != nullptr ? static_cast<const T*>(args.residual[h]) : nullptr;
    T* y = static_cast<T*>(args.y[h]);
    for (int32_t o = 0; o < args.width; ++o) {
      for (int32_t c = 0; c < args.channels; ++c) {
        const auto acc = static_cast<int32_t>(accumulate(args, rows, o, c));
        const T* r = residual != nullptr ? residual + o * args.residual_step + c : nullptr;
        store_output(args, static_cast<float>(acc) * args.scale[c], r, y + o * args.y_step + c);
      }
    }
  }
}

constexpr DepthwiseS8 kOps{16, depthwise_scalar<int8_t>, depthwise_scalar<float>};
const Microkernel<DepthwiseS8> registration{Isa::kScalar, kOps};

}  // namespace
}  // namespace edgert
