#include "kernels/conv/depthwise_f32/arm.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

struct Floats : FloatElements {
  // The weights of 3 x 3 taps by 4 channels leave 7 registers: 3 sums, 2 inputs and the clamp's
  // bounds.
  static Functions<Floats> functions(const Args& args) {
    const bool is_3x3 = args.kernel_h == 3 && args.kernel_w == 3 && args.residual == nullptr;
    if (is_3x3 && args.stride_w == 1) return {nullptr, nullptr, strip_of_3x3<Floats, 1>};
    if (is_3x3 && args.stride_w == 2) return {nullptr, nullptr, strip_of_3x3_stride_2<Floats, 1>};
    return functions_of_any<Floats>();
  }
};

constexpr DepthwiseF32 kOps{16, depthwise<Floats>, /*fuses=*/false};
const Microkernel<DepthwiseF32> registration{Isa::kNeon, kOps};

}  // namespace
}  // namespace edgert
