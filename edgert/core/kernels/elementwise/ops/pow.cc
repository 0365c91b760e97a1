#include "kernels/elementwise/define.h"
#include "kernels/elementwise/integers.h"
#include "kernels/elementwise/math.h"
#include "kernels/elementwise/math_f64.h"

namespace edgert {
namespace {

// All selects and no branches: & and | instead of && and ||.
EDGERT_INLINE float power(float x, float y) {
  const float magnitude = math::abs(x);
  const float exponent_magnitude = math::abs(y);
  // Only integers below 2^24 can be odd.
  const bool integer = math::floor(y) == y;
  const bool odd =
      (exponent_magnitude < 16777216.0f) & (math::floor(y * 0.5f) * 2.0f != y) & integer;
  const double exponent = static_cast<double>(y) * math::log(static_cast<double>(magnitude));
  const float from_zero = y < 0.0f ? math::kInfinity : 0.0f;
  const float positive = static_cast<float>(math::exp(exponent));
  const float unsigned_power = magnitude == 0.0f ? from_zero : positive;
  const float signed_power = odd ? math::copysign(unsigned_power, x) : unsigned_power;
  const bool undefined = (x < 0.0f) & !integer & (magnitude < math::kInfinity) & (y == y);
  const float power = undefined ? math::kNaN : signed_power;
  const bool one =
      (y == 0.0f) | (x == 1.0f) | ((magnitude == 1.0f) & (exponent_magnitude == math::kInfinity));
  return one ? 1.0f : power;
}

EDGERT_INLINE int64_t power(int64_t x, int64_t y) {
  if (y < 0) return x == 1 ? 1 : (x == -1 ? ((y & 1) != 0 ? -1 : 1) : 0);
  uint64_t result = 1;
  for (uint64_t base = bits(x); y != 0; y >>= 1, base *= base) {
    if ((y & 1) != 0) result *= base;
  }
  return wrap(result);
}

// As C pow. Integers: a negative exponent gives 0 unless the base is 1 or -1.
struct Pow {
  static EDGERT_INLINE float f32(float a, float b) { return power(a, b); }
  static EDGERT_INLINE int64_t s64(int64_t a, int64_t b) { return power(a, b); }
};

const ElementwiseOp registration = define_elementwise<Pow>("pow");

}  // namespace
}  // namespace edgert
