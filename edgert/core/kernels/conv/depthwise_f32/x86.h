// depthwise_f32 for x86: a vector of channels at a time, and kOutputs neighbouring outputs of a
// row.
#ifndef EDGERT_KERNELS_CONV_DEPTHWISE_F32_X86_H_
#define EDGERT_KERNELS_CONV_DEPTHWISE_F32_X86_H_

#include <algorithm>

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

  // One output, with taps outside the image left out. kH: the height of the kernel, or 0.
  template <int kH>
  EDGERT_INLINE void compute_one(const float* const* rows, int32_t h, int32_t o) const {
    F acc = bias_;
    const int64_t first = column(o);
    const int64_t begin = std::max<int64_t>(0, -first);
    const int64_t end = std::min<int64_t>(args_.kernel_w, args_.x_columns - first);
    int64_t offset = (first + begin) * args_.x_step;
    for (int64_t j = begin; j < end; ++j, offset += args_.x_step) {
      const float* w = weights_ + j * kBlock;
      for (int32_t i = 0; i < height<kH>(); ++i, w += args_.kernel_w * kBlock) {
        acc = Floats::fma(load(rows[i] + offset), Floats::load(w), acc);
      }
    }
    store(acc, h, o);
  }

  // kOutputs outputs from `o` on, all of whose taps are inside the image: any kernel ...
  template <int kH>
  EDGERT_INLINE void compute_inside(const float* const* rows, int32_t h, int32_t o) const {
    F acc[kOutputs];
    EDGERT_UNROLL for (int p = 0; p < kOutputs; ++p) acc[p] = bias_;
    const int64_t output_step = args_.stride_w * args_.x_step;
    int64_t offset = column(o) * args_.x_step;
    for (int32_t j = 0; j < args_.kernel_w; ++j, offset += args_.x_step) {
      const float* w = weights_ + j * kBlock;
      for (int32_t i = 0; i < height<kH>(); ++i, w += args_.kernel_w * kBlock) {
        const F weight = Floats::load(w);
        const float* x = rows[i] + offset;
        EDGERT_UNROLL for (int p = 0; p < kOutputs; ++p) {
          acc[p] = Floats::fma(load(x + p * output_step), weight, acc[p]);
        }
      }
    }
    store_inside(acc, h, o);
  }

  // ... and one of kSize x kSize taps with stride kS: every column is loaded once.
  template <int kSize, int kS>
  EDGERT_INLINE void compute_inside(const F (&weights)[kSize][kSize], const float* const* rows,
                                    int32_t h, int32_t o) const {
    constexpr int kColumns = (kOutputs - 1) * kS + kSize;
    F acc[kOutputs];
    EDGERT_UNROLL for (int p = 0; p < kOutputs; ++p) acc[p] = bias_;
    const int64_t offset = column(o) * args_.x_step;
    EDGERT_UNROLL for (int c = 0; c < kColumns; ++c) {
      EDGERT_UNROLL for (int i = 0; i < kSize; ++i) {
        const F value = load(rows[i] + offset + c * args_.x_step);
        EDGERT_UNROLL for (int p = 0; p < kOutputs; ++p) {
          const int j = c - p * kS;
          if (j >= 0 && j < kSize) acc[p] = Floats::fma(value, weights[i][j], acc[p]);
        }
      }
    }
    store_inside(acc, h, o);
  }

  template <int kSize>
  EDGERT_INLINE void load_weights(F (&weights)[kSize][kSize]) const {
    EDGERT_UNROLL for (int i = 0; i < kSize; ++i) {
      EDGERT_UNROLL for (int j = 0; j < kSize; ++j) {
        weights[i][j] = Floats::load(weights_ + (i * kSize + j) * kBlock);
      }
    }
  }

  // Whether compute_inside may take the outputs from `o` on.
  EDGERT_INLINE bool inside(int32_t o) const {
    return column(o) >= 0 && o + kOutputs <= args_.width &&
           column(o + kOutputs - 1) + args_.kernel_w <= args_.x_columns;
  }

 private:
  template <int kH>
  EDGERT_INLINE int32_t height() const {
    return kH > 0 ? kH : args_.kernel_h;
  }

  // Column of the first tap of output `o`.
  EDGERT_INLINE int64_t column(int32_t o) const {
    return args_.first_column + int64_t{o} * args_.stride_w;
  }

  EDGERT_INLINE F load(const float* x) const { return Floats::load_first(x + channel_, count_); }

  EDGERT_INLINE void store_inside(const F (&acc)[kOutputs], int32_t h, int32_t o) const {
    EDGERT_UNROLL for (int p = 0; p < kOutputs; ++p) store(acc[p], h, o + p);
  }

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

// All outputs of the channels from `channel` on: compute(rows, h, o) for kOutputs inside.
template <int kH, typename Compute>
EDGERT_INLINE void for_each_output(const DepthwiseF32Args& args, const DepthwiseVector& vector,
                                   const Compute& compute) {
  for (int32_t h = 0; h < args.height; ++h) {
    const float* const* rows = args.rows + int64_t{h} * args.kernel_h;
    int32_t o = 0;
    while (o < args.width) {
      if (vector.inside(o)) {
        compute(rows, h, o);
        o += kOutputs;
      } else {
        vector.compute_one<kH>(rows, h, o++);
      }
    }
  }
}

template <int kSize, int kS>
void depthwise_square(const DepthwiseF32Args& args) {
  for (int32_t channel = 0; channel < args.channels; channel += Floats::kWidth) {
    const DepthwiseVector vector(args, channel);
    Floats::F weights[kSize][kSize];
    vector.load_weights(weights);
    for_each_output<kSize>(
        args, vector, [&](const float* const* rows, int32_t h, int32_t o) EDGERT_INLINE_LAMBDA {
          vector.compute_inside<kSize, kS>(weights, rows, h, o);
        });
  }
}

template <int kH>
void depthwise_any(const DepthwiseF32Args& args) {
  for (int32_t channel = 0; channel < args.channels; channel += Floats::kWidth) {
    const DepthwiseVector vector(args, channel);
    for_each_output<kH>(args, vector,
                        [&](const float* const* rows, int32_t h, int32_t o)
                            EDGERT_INLINE_LAMBDA { vector.compute_inside<kH>(rows, h, o); });
  }
}

void depthwise_f32(const DepthwiseF32Args& args) {
  const int32_t stride = args.stride_w;
  const int32_t size = args.kernel_h == args.kernel_w ? args.kernel_w : 0;
  if (size == 3 && stride == 1) return depthwise_square<3, 1>(args);
  if (size == 3 && stride == 2) return depthwise_square<3, 2>(args);
  if (size == 5 && stride == 1) return depthwise_square<5, 1>(args);
  if (args.kernel_h == 1) return depthwise_any<1>(args);
  depthwise_any<0>(args);
}

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_DEPTHWISE_F32_X86_H_
