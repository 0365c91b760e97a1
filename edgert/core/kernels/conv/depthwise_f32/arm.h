// What the ARM variants of depthwise_f32 share, for registers of 32 and 64 bits.
#ifndef EDGERT_KERNELS_CONV_DEPTHWISE_F32_ARM_H_
#define EDGERT_KERNELS_CONV_DEPTHWISE_F32_ARM_H_

#include "kernels/conv/arm_f32.h"
#include "kernels/conv/depthwise_f32.h"
// Behind what it is built from.
#include "kernels/conv/arm_depthwise.h"

namespace edgert {
namespace {

struct FloatElements {
  using Element = float;
  using Vector = float32x4_t;
  using Args = DepthwiseF32Args;
  static constexpr int32_t kLanes = 4;

  static const float* bias(const float* from, float (&)[16]) { return from; }
};

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_DEPTHWISE_F32_ARM_H_
