#include <cmath>

#include "kernels/elementwise/define.h"
#include "kernels/elementwise/integers.h"

namespace edgert {
namespace {

// ONNX Mod with fmod = 1: the result has the sign of the dividend. (std::fmod is exact, hence the
// same everywhere.) Integers: x mod 0 is 0.
struct Fmod {
  static EDGERT_INLINE float f32(float a, float b) { return std::fmod(a, b); }
  static EDGERT_INLINE double f64(double a, double b) { return std::fmod(a, b); }
  static EDGERT_INLINE int64_t s64(int64_t a, int64_t b) { return remainder(a, b); }
};

const ElementwiseOp registration = define_elementwise<Fmod>("fmod");

}  // namespace
}  // namespace edgert
