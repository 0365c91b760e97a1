// Activations that conv2d_f32, conv2d_dynamic_s8 and depthwise_conv2d_f32 apply to a finished tile.
#ifndef EDGERT_KERNELS_CONV_ACTIVATION_H_
#define EDGERT_KERNELS_CONV_ACTIVATION_H_

#include <cstdint>

#include "runtime/kernel.h"

namespace edgert {

// Numbers as in docs/kernels.md. The formulas are those of the elementwise operators of the same
// names.
enum class Activation : int32_t {
  kNone,
  kLeakyRelu,
  kHardSwish,
  kSilu,
  kSigmoid,
  kTanh,
  kHardSigmoid,
  kGeluErf,
  kCount
};

// An activation and the clamp behind it. Without an activation the microkernel clamps by itself.
class FloatEpilogue {
 public:
  template <typename Params>
  explicit FloatEpilogue(const Params& p)
      : activation_(static_cast<Activation>(p.activation)),
        alpha_(p.alpha),
        beta_(p.beta),
        act_min_(p.act_min),
        act_max_(p.act_max) {}

  Status check(const Call& call) const;

  // What the microkernel clamps to.
  float kernel_min() const { return in_kernel() ? act_min_ : -__builtin_inff(); }
  float kernel_max() const { return in_kernel() ? act_max_ : __builtin_inff(); }

  // y = clamp(activation(y)) for n consecutive values, unless the microkernel has done all.
  void apply(float* y, int64_t n) const;

 private:
  bool in_kernel() const { return activation_ == Activation::kNone; }

  Activation activation_;
  float alpha_;
  float beta_;
  float act_min_;
  float act_max_;
};

}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_ACTIVATION_H_
