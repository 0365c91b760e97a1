#include "kernels/conv/depthwise_f32/x86.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

constexpr DepthwiseF32 kOps{16, depthwise_f32};
const Microkernel<DepthwiseF32> registration{Isa::kAvx512Vnni, kOps};

}  // namespace
}  // namespace edgert
