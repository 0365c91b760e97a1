// Blocks of channels, one output after the other.
#include <algorithm>

#include "kernels/conv/depthwise_f32.h"
#include "kernels/conv/fused.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

constexpr int32_t kBlock = 16;

// The channels [channel, channel + count) of one call, count <= kBlock.
template <typename Add>
class Block {
 public:
  Block(const DepthwiseF32Args& args, int32_t channel)
      : args_(args),
        channel_(channel),
        count_(std::min(kBlock, args.channels - channel)),
        weights_(args.weights + int64_t{channel} * args.kernel_h * args.kernel_w) {}

  void compute(int32_t h, int32_t o) const {
    float sums[kBlock];
    std::copy_n(args_.bias + channel_, kBlock, sums);
    const int64_t first = args_.first_column + int64_t{o} * args_.stride_w;
    const float* const* rows = args_.rows + int64_t{h} * args_.kernel_h;
    for (int32_t j = 0; j < args_.kernel_w; ++j) {
      if (first + j < 0 || first + j >= args_.x_columns) continue;
      const int64_t offset = (first + j) * args_.x_step + channel_;
      for (int32_t i = 0; i < args_.kernel_h; ++i) {
        add(sums, rows[i] + offset, weights_ + (int64_t{i} * args_.kernel_w + j) * kBlock);
      }
    }
    store(sums, h, o);
  }

 private:
  void add(float (&sums)[kBlock], const float* x, const float* w) const {
    for (int32_t c = 0; c < count_; ++c) sums[c] = Add::product(x[c], w[c], sums[c]);
  }

  void store(const float (&sums)[kBlock], int32_t h, int32_t o) const {
    float* y = static_cast<float*>(args_.y[h]) + o * args_.y_step + channel_;
    for (int32_t c = 0; c < count_; ++c) {
      float t = sums[c];
      if (args_.residual != nullptr) t += residual(h, o)[c];
      t = t < args_.act_min ? args_.act_min : t;  // NaN passes
      y[c] = t > args_.act_max ? args_.act_max : t;
    }
  }
  const float* residual(int32_t h, int32_t o) const {
    return static_cast<const float*>(args_.residual[h]) + o * args_.residual_step + channel_;
  }

  const DepthwiseF32Args& args_;
  const int32_t channel_;
  const int32_t count_;
  const float* const weights_;
};

template <typename Add>
void compute(const DepthwiseF32Args& args) {
  for (int32_t channel = 0; channel < args.channels; channel += kBlock) {
    const Block<Add> block(args, channel);
    for (int32_t h = 0; h < args.height; ++h) {
      for (int32_t o = 0; o < args.width; ++o) block.compute(h, o);
    }
  }
}

void depthwise_scalar(const DepthwiseF32Args& args) {
  args.fused ? compute<Fused>(args) : compute<Rounded>(args);
}

constexpr DepthwiseF32 kOps{16, depthwise_scalar};
const Microkernel<DepthwiseF32> registration{Isa::kScalar, kOps};

}  // namespace
}  // namespace edgert
