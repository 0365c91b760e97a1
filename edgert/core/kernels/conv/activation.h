// Activations that the convolutions whose results are floats or halves apply to a finished tile.
#ifndef EDGERT_KERNELS_CONV_ACTIVATION_H_
#define EDGERT_KERNELS_CONV_ACTIVATION_H_

#include <cstdint>

#include "kernels/conv/geometry.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/half.h"
#include "runtime/kernel.h"

namespace edgert {

// An activation, numbered as in docs/kernels.md, and the clamp behind it. Without an activation the
// microkernel clamps by itself.
class FloatEpilogue {
 public:
  template <typename Params>
  explicit FloatEpilogue(const Params& p)
      : FloatEpilogue(p.activation, {p.alpha, p.beta}, p.act_min, p.act_max) {}

  Status check(const Call& call) const;

  // What the microkernel clamps to.
  float kernel_min() const { return in_kernel() ? lower_bound(act_min_) : -__builtin_inff(); }
  float kernel_max() const { return in_kernel() ? upper_bound(act_max_) : __builtin_inff(); }

  // True where the microkernel does everything, and apply() nothing.
  bool in_kernel() const { return function_ == nullptr; }

  // y = clamp(activation(y)) for n consecutive values, unless the microkernel has done all.
  void apply(float* y, int64_t n) const;
  void apply(Half* y, int64_t n) const;
  // ... and for the n channels of each of `pixels` pixels, of type T.
  template <typename T>
  void apply(void* const* y, int32_t pixels, int64_t n) const {
    if (in_kernel()) return;
    for (int32_t p = 0; p < pixels; ++p) apply(static_cast<T*>(y[p]), n);
  }

 private:
  FloatEpilogue(int32_t activation, Immediates constants, float act_min, float act_max);

  void apply_blocks(float* y, size_t blocks) const;

  int32_t activation_;
  Immediates constants_;
  float act_min_;
  float act_max_;
  ElementwiseLoop<float> function_ = nullptr;
  ElementwiseLoop<float> clip_ = nullptr;  // where the clamp does something
};

}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_ACTIVATION_H_
