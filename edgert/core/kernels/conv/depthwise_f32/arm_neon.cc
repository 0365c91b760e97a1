#include "kernels/conv/arm_f32.h"
#include "kernels/conv/depthwise_f32.h"
// Behind what it is built from.
#include "kernels/conv/arm_depthwise.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

struct Floats {
  using Element = float;
  using Vector = float32x4_t;
  using Args = DepthwiseF32Args;
  static constexpr int32_t kLanes = 4;

  static const float* bias(const float* from, float (&)[16]) { return from; }
};

constexpr DepthwiseF32 kOps{16, depthwise<Floats>};
const Microkernel<DepthwiseF32> registration{Isa::kNeon, kOps};

}  // namespace
}  // namespace edgert
