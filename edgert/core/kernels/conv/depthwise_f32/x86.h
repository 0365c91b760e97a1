// depthwise_f32 for x86: a vector of channels at a time; kOutputs neighbouring outputs of an output
// row share the columns they have in common.
#ifndef EDGERT_KERNELS_CONV_DEPTHWISE_F32_X86_H_
#define EDGERT_KERNELS_CONV_DEPTHWISE_F32_X86_H_

#include "kernels/conv/depthwise_f32.h"
#include "kernels/conv/x86_f32.h"

namespace edgert {
namespace {

constexpr int kBlock = 16;  // channels of a packed block
constexpr int kOutputs = 4;

// The channels [channel, channel + count) of one call, count <= Floats::kWidth.
class DepthwiseVector {
 public:
  using F = Floats::F;

  EDGERT_INLINE DepthwiseVector(const DepthwiseF32Args& args, int32_t channel)
      : args_(args),
        channel_(channel),
        count_(args.channels - channel),
        weights_(args.weights + int64_t{channel} / kBlock * kBlock * args.kernel_h * args.kernel_w +
                 channel % kBlock),
        bias_(Floats::load(args.bias + channel)),
        low_(Floats::all(args.act_min)),
        high_(Floats::all(args.act_max)) {}

  // One output, any kernel, with taps outside the image left out.
  EDGERT_INLINE void compute_one(const float* const* rows, int32_t h, int32_t o) const {
    F acc = bias_;
    const float* w = weights_;
    for (int32_t i = 0; i < args_.kernel_h; ++i) {
      for (int32_t j = 0; j < args_.kernel_w; ++j, w += kBlock) {
        const int64_t x = column(o) + j;
        if (x < 0 || x >= args_.x_columns) continue;
        acc = Floats::fma(load(rows[i] + x * args_.x_step), Floats::load(w), acc);
      }
    }
    store(acc, h, o);
  }

  // kOutputs outputs from `o` on, all of whose taps are inside the image.
  template <int kW, int kS>
  EDGERT_INLINE void compute_inside(const float* const* rows, int32_t h, int32_t o) const {
    constexpr int kColumns = (kOutputs - 1) * kS + kW;
    F acc[kOutputs];
    EDGERT_UNROLL for (int p = 0; p < kOutputs; ++p) acc[p] = bias_;
    const int64_t offset = column(o) * args_.x_step;
    const float* w = weights_;
    for (int32_t i = 0; i < args_.kernel_h; ++i, w += kW * kBlock) {
      F weights[kW];
      EDGERT_UNROLL for (int j = 0; j < kW; ++j) weights[j] = Floats::load(w + j * kBlock);
      const float* x = rows[i] + offset;
      EDGERT_UNROLL for (int c = 0; c < kColumns; ++c, x += args_.x_step) {
        const F value = load(x);
        EDGERT_UNROLL for (int p = 0; p < kOutputs; ++p) {
          const int j = c - p * kS;
          if (j >= 0 && j < kW) acc[p] = Floats::fma(value, weights[j], acc[p]);
        }
      }
    }
    EDGERT_UNROLL for (int p = 0; p < kOutputs; ++p) store(acc[p], h, o + p);
  }

  // Column of the first tap of output `o`.
  EDGERT_INLINE int64_t column(int32_t o) const {
    return args_.first_column + int64_t{o} * args_.stride_w;
  }

 private:
  EDGERT_INLINE F load(const float* x) const { return Floats::load_first(x + channel_, count_); }

  EDGERT_INLINE void store(F t, int32_t h, int32_t o) const {
    if (args_.residual != nullptr) {
      const float* residual =
          static_cast<const float*>(args_.residual[h]) + o * args_.residual_step + channel_;
      t = Floats::add(t, Floats::load_first(residual, count_));
    }
    float* y = static_cast<float*>(args_.y[h]) + o * args_.y_step + channel_;
    Floats::store_first(y, Floats::clamp(t, low_, high_), count_);
  }

  const DepthwiseF32Args& args_;
  int32_t channel_;
  int32_t count_;
  const float* weights_;
  F bias_;
  F low_;
  F high_;
};

// kW = 0: any kernel.
template <int kW, int kS>
void depthwise_f32_rows(const DepthwiseF32Args& args) {
  for (int32_t channel = 0; channel < args.channels; channel += Floats::kWidth) {
    const DepthwiseVector vector(args, channel);
    for (int32_t h = 0; h < args.height; ++h) {
      const float* const* rows = args.rows + int64_t{h} * args.kernel_h;
      int32_t o = 0;
      while (o < args.width) {
        if constexpr (kW > 0) {
          const int64_t last = vector.column(o + kOutputs - 1) + kW - 1;
          if (vector.column(o) >= 0 && last < args.x_columns && o + kOutputs <= args.width) {
            vector.compute_inside<kW, kS>(rows, h, o);
            o += kOutputs;
            continue;
          }
        }
        vector.compute_one(rows, h, o++);
      }
    }
  }
}

void depthwise_f32(const DepthwiseF32Args& args) {
  const int32_t stride = args.stride_w;
  if (args.kernel_w == 3 && stride == 1) return depthwise_f32_rows<3, 1>(args);
  if (args.kernel_w == 3 && stride == 2) return depthwise_f32_rows<3, 2>(args);
  if (args.kernel_w == 5 && stride == 1) return depthwise_f32_rows<5, 1>(args);
  if (args.kernel_w == 5 && stride == 2) return depthwise_f32_rows<5, 2>(args);
  depthwise_f32_rows<0, 0>(args);
}

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_DEPTHWISE_F32_X86_H_
