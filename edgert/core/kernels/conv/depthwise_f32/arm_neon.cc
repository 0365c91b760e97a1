#include "kernels/conv/depthwise_f32/arm.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

struct Floats : FloatElements {
  static Functions<Floats> functions(const Args& args) { return functions_of_pairs<Floats>(args); }
};

constexpr DepthwiseF32 kOps{16, depthwise<Floats>};
const Microkernel<DepthwiseF32> registration{Isa::kNeon, kOps};

}  // namespace
}  // namespace edgert
