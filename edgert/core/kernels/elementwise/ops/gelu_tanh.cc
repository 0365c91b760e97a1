#include "kernels/elementwise/define.h"
#include "kernels/elementwise/math.h"

namespace edgert {
namespace {

// Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016: the approximation with tanh.
struct GeluTanh {
  static EDGERT_INLINE float f32(float x) {
    return 0.5f * x * (1.0f + math::tanh(0.79788456f * (x + 0.044715f * x * x * x)));
  }
};

const ElementwiseOp registration = define_elementwise<GeluTanh>("gelu_tanh");

}  // namespace
}  // namespace edgert
