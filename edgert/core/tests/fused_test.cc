// The emulation of fused multiply-adds against the library function, which rounds once.
#include "kernels/conv/fused.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "tests/kernel_call.h"

namespace edgert {
namespace {

using testing::Random;

bool right(float a, float b, float c) {
  const float expected = std::fma(a, b, c), actual = emulated_fma(a, b, c);
  if (std::isnan(expected)) return std::isnan(actual);
  return std::memcmp(&expected, &actual, sizeof(actual)) == 0;
}

float of_bits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

// A few significant bits, and exponents in [low, high]: sums cancel and lie on ties.
float few_bits(Random& random, int low, int high) {
  const float mantissa = static_cast<float>(random.integer(-4096, 4096) | 1);
  return std::ldexp(mantissa, random.integer(low, high));
}

}  // namespace

TEST_CASE("emulated_fma is exact on special values") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kLeast = std::numeric_limits<float>::denorm_min();
  constexpr float kNormal = std::numeric_limits<float>::min();
  constexpr float kMost = std::numeric_limits<float>::max();
  constexpr float kUlp = std::numeric_limits<float>::epsilon();
  std::vector<float> values = {0.0f,  1.0f,     1 + kUlp,         1 - kUlp / 2,  kLeast,   kNormal,
                               kMost, kUlp / 2, kNormal - kLeast, 3.0f,          0x1p-75f, 0x1p64f,
                               0.1f,  kUlp,     0x1.fffffep-64f,  0x1.000002p63f};
  for (size_t i = 0, n = values.size(); i < n; ++i) values.push_back(-values[i]);
  values.insert(values.end(), {kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN()});
  for (const float a : values) {
    for (const float b : values) {
      for (const float c : values) CHECK_MESSAGE(right(a, b, c), a, " * ", b, " + ", c);
    }
  }
}

TEST_CASE("emulated_fma is exact where a sum lies next to the middle of two floats") {
  // Half of the last bit of c, times 1 - 2^-46 and 1 + 2^-36: double rounds the sum to the middle,
  // from where the even neighbour is the wrong one.
  const struct {
    float a, b, c;
  } cases[] = {{1 + 0x1p-23f, 1 - 0x1p-23f, 1 + 0x1p-23f},
               {1 + 0x1p-12f, 1 - 0x1p-12f + 0x1p-24f, 1.0f}};
  for (const auto& [a, b, c] : cases) {
    for (int exponent = -100; exponent <= 120; ++exponent) {
      const float half = std::ldexp(a, exponent - 24), other = std::ldexp(c, exponent);
      for (const float sign : {1.0f, -1.0f}) {
        CHECK(right(sign * half, b, sign * other));
        CHECK(right(sign * half, -b, sign * other));
        CHECK(static_cast<float>(double{half} * double{b} + double{other}) !=
              std::fma(half, b, other));
      }
    }
  }
}

TEST_CASE("emulated_fma is exact on random values") {
  Random random(1);
  const auto any = [&] {
    return of_bits(static_cast<uint32_t>(random.integer(0, 0xffff)) << 16 |
                   static_cast<uint32_t>(random.integer(0, 0xffff)));
  };
  int wrong = 0;
  for (int i = 0; i < 100000; ++i) {
    wrong += !right(any(), any(), any());
    wrong += !right(few_bits(random, -30, 0), few_bits(random, -30, 0), few_bits(random, -50, 0));
    wrong += !right(few_bits(random, -90, -60), few_bits(random, -90, -60),
                    few_bits(random, -149, -130));  // subnormal sums
    const float a = random.real(-1, 1), b = random.real(-1, 1);
    wrong += !right(a, b, -(a * b));  // what the product lacks
  }
  CHECK(wrong == 0);
}

}  // namespace edgert
