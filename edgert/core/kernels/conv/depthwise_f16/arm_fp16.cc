#include "kernels/conv/arm_f16.h"
#include "kernels/conv/depthwise_f16.h"
// Behind what it is built from.
#include "kernels/conv/arm_depthwise.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

struct Halves {
  using Element = Half;
  using Vector = float16x8_t;
  using Args = DepthwiseF16Args;
  static constexpr int32_t kLanes = 8;

  // The padding of per-channel vectors makes them as long as a block.
  static const Half* bias(const float* from, Half (&to)[16]) {
    float16x8_t v[2];
    load_narrowed(v, from);
    store_vectors(to, v);
    return to;
  }

  static Functions<Halves> functions(const Args& args) { return functions_of_pairs<Halves>(args); }
};

constexpr DepthwiseF16 kOps{16, depthwise<Halves>};
const Microkernel<DepthwiseF16> registration{Isa::kFp16, kOps};

}  // namespace
}  // namespace edgert
