// Every registered elementwise operator against a reference in double or long arithmetic, and every
// version of its loop against the baseline's bits.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "kernels/elementwise/elementwise.h"
#include "tests/elementwise/reference.h"
#include "tests/kernel_call.h"

namespace edgert {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::vector<float> interesting_floats() {
  std::vector<float> x = {
      0.0f,       -0.0f,      1.0f,        -1.0f,       0.5f,        -0.5f,         1.5f,
      -1.5f,      2.5f,       -2.5f,       2.0f,        3.0f,        -3.0f,         6.0f,
      10.0f,      20.0f,      -20.0f,      88.0f,       88.72f,      88.73f,        89.0f,
      -87.3f,     -88.0f,     -103.0f,     -103.97f,    -104.0f,     200.0f,        -200.0f,
      8388607.5f, 8388608.0f, -8388607.5f, 16777216.0f, 0.92f,       0.9199999f,    4.0f,
      1e-3f,      -1e-3f,     1e-10f,      -1e-10f,     1e-30f,      1e30f,         -1e30f,
      0x1p-126f,  -0x1p-126f, 0x1p-149f,   -0x1p-149f,  0x1.8p-140f, 3.4028235e38f, -3.4028235e38f,
      kInf,       -kInf,      kNan,        0.41421357f, 0.99999994f, 1.0000001f,    0.70710678f,
      1.4142135f};
  testing::Random random(1);
  for (int i = 0; i < 3000; ++i) x.push_back(random.real(-10, 10));
  for (int i = 0; i < 3000; ++i) x.push_back(random.real(-100, 100));
  for (int i = 0; i < 1000; ++i) x.push_back(random.real(-1, 1));
  for (int i = 0; i < 1000; ++i) {
    const uint32_t u = random.bits();
    float f;
    std::memcpy(&f, &u, 4);
    x.push_back(f);
  }
  while (x.size() % kElementwiseLanes != 0) x.push_back(0.25f);
  return x;
}

// Beyond this sin, cos and tan are not defined closer, see math_f64.h.
bool outside(const std::string& op, float x) {
  return (op == "sin" || op == "cos" || op == "tan") && std::fabs(x) > 1e5f;
}

double ulp_of(float x) {
  if (!std::isfinite(x)) return 0;
  const float magnitude = std::max(std::fabs(x), 0x1p-126f);
  return static_cast<double>(magnitude) - static_cast<double>(std::nextafter(magnitude, 0.0f));
}

struct Operands {
  std::vector<float> x[3];
};

// One operand: every interesting value. More: each with random partners.
Operands float_operands(int arity) {
  const std::vector<float> values = interesting_floats();
  Operands operands;
  operands.x[0] = values;
  testing::Random random(2);
  for (int k = 1; k < 3; ++k) {
    for (size_t i = 0; i < values.size(); ++i) {
      const size_t pick =
          static_cast<size_t>(random.integer(0, static_cast<int>(values.size()) - 1));
      operands.x[k].push_back(i % 3 == 0 && k == 1 ? values[i]
                                                   : values[pick % (i % 2 ? 60 : values.size())]);
    }
  }
  if (arity > 1) {  // small integers: exponents, moduli
    for (int i = 0; i < 1600; ++i) {
      operands.x[0].push_back(static_cast<float>(random.integer(-12, 12)) * 0.5f);
      operands.x[1].push_back(static_cast<float>(random.integer(-12, 12)) * 0.5f);
      operands.x[2].push_back(random.real(-1, 1));
    }
  }
  return operands;
}

bool same_bits(float a, float b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return std::memcmp(&a, &b, 4) == 0;
}

Isa isa_of_version(int version) { return static_cast<Isa>(version); }

void check_float(const ElementwiseOp& op, const FloatReference& reference) {
  const Operands in = float_operands(op.arity);
  const size_t n = in.x[0].size();
  std::vector<float> baseline;
  for (int version = 0; version < EDGERT_VERSIONS; ++version) {
    if (!isa_supported(isa_of_version(version))) continue;
    std::vector<float> y(n, 123.0f);
    op.f32.functions[version](y.data(), in.x[0].data(), in.x[1].data(), in.x[2].data(), reference.k,
                              n / kElementwiseLanes);
    if (version > 0) {
      for (size_t i = 0; i < n; ++i) REQUIRE(same_bits(y[i], baseline[i]));
      continue;
    }
    baseline = y;
    for (size_t i = 0; i < n; ++i) {
      const float a = in.x[0][i], b = in.x[1][i], c = in.x[2][i];
      if (outside(op.name, a)) continue;
      const Real exact = reference.f(a, b, c);
      const float expected = static_cast<float>(exact);
      // The last term: a factor that was subnormal, times a.
      const double tolerance =
          (reference.ulp + 0.501) * ulp_of(expected) + reference.absolute * ulp_of(a) +
          (std::isfinite(a) ? std::fabs(static_cast<double>(a)) * 0x1p-149 : 0);
      const bool close =
          std::isnan(expected) ? std::isnan(y[i])
          : std::isinf(expected) || std::isinf(y[i])
              ? y[i] == expected || (reference.ulp > 0 && std::fabs(exact) > 3.4028230e38L &&
                                     std::fabs(y[i]) > 3.4028230e38f)
              : y[i] == expected || std::fabs(static_cast<Real>(y[i]) - exact) <= tolerance;
      CHECK_MESSAGE(close, std::string(op.name), "(", a, ", ", b, ", ", c, ") = ", y[i],
                    ", expected ", expected, ", ",
                    static_cast<double>((y[i] - exact)) / ulp_of(expected), " ulp");
    }
  }
}

void check_integer(const ElementwiseOp& op, const IntegerReference& reference) {
  testing::Random random(3);
  std::vector<int64_t> x[3];
  for (int k = 0; k < 3; ++k) {
    for (int i = 0; i < 512; ++i) {
      const int range = i % 2 == 0 ? 10 : 1000000;
      x[k].push_back(random.integer(-range, range));
    }
  }
  if (std::string(op.name) == "pow") {
    for (int64_t& exponent : x[1]) exponent = exponent % 100;
  }
  std::vector<int64_t> y(512);
  op.s64.functions[0](y.data(), x[0].data(), x[1].data(), x[2].data(), reference.k,
                      512 / kElementwiseLanes);
  for (size_t i = 0; i < y.size(); ++i) {
    CHECK_MESSAGE(y[i] == reference.f(x[0][i], x[1][i], x[2][i]), std::string(op.name), "(",
                  x[0][i], ", ", x[1][i], ")");
  }
}

}  // namespace

TEST_CASE("every elementwise operator agrees with its float reference on every instruction set") {
  const auto& references = References<FloatReference>::all();
  int covered = 0;
  for (const ElementwiseOp* op = ElementwiseOp::first(); op != nullptr; op = op->next) {
    if (!op->f32) continue;
    const auto reference = references.find(op->name);
    REQUIRE_MESSAGE(reference != references.end(), "tests/elementwise has no reference for ",
                    std::string(op->name));
    check_float(*op, reference->second);
    ++covered;
  }
  CHECK(covered == static_cast<int>(references.size()));
}

TEST_CASE("every elementwise operator agrees with its integer reference") {
  const auto& references = References<IntegerReference>::all();
  int covered = 0;
  for (const ElementwiseOp* op = ElementwiseOp::first(); op != nullptr; op = op->next) {
    if (!op->s64) continue;
    const auto reference = references.find(op->name);
    REQUIRE_MESSAGE(reference != references.end(), "tests/elementwise has no reference for ",
                    std::string(op->name));
    check_integer(*op, reference->second);
    ++covered;
  }
  CHECK(covered == static_cast<int>(references.size()));
}

// The reference of floats rounds to float on the way.
double double_mod(double a, double b) {
  const double r = std::fmod(a, b);
  return r != 0 && std::signbit(r) != std::signbit(b) ? r + b : r;
}

// Operators on doubles are exact: the reference of floats is what they compute, but that it rounds
// twice, to long double first.
TEST_CASE("every elementwise operator on doubles agrees with its reference") {
  const auto& references = References<FloatReference>::all();
  testing::Random random(4);
  const double special[] = {0.0, -0.0, 1.5, -2.5, 1e300, -1e300, 0x1p-1060, 1.0 + 0x1p-52};
  for (const ElementwiseOp* op = ElementwiseOp::first(); op != nullptr; op = op->next) {
    if (!op->f64) continue;
    const FloatReference& reference = references.at(op->name);
    std::vector<double> x[3];
    for (int i = 0; i < 512; ++i) {
      for (int k = 0; k < 3; ++k) {
        const int pick = random.integer(0, 15);
        const double fine = 1e-9 * random.integer(-1000, 1000);
        x[k].push_back(pick < 8 ? special[pick] : random.integer(-9, 9) * 0.5 + fine);
      }
    }
    std::vector<double> y(512);
    op->f64.functions[0](y.data(), x[0].data(), x[1].data(), x[2].data(), reference.k,
                         512 / kElementwiseLanes);
    for (size_t i = 0; i < y.size(); ++i) {
      double expected = static_cast<double>(reference.f(x[0][i], x[1][i], x[2][i]));
      if (std::string(op->name) == "mod") expected = double_mod(x[0][i], x[1][i]);
      const bool neighbours = std::nextafter(y[i], expected) == expected;
      CHECK_MESSAGE((neighbours || (std::isnan(y[i]) && std::isnan(expected))),
                    std::string(op->name), "(", x[0][i], ", ", x[1][i], ") = ", y[i], ", expected ",
                    expected);
    }
  }
}

TEST_CASE("integer operators have no undefined cases") {
  const int64_t extremes[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX};
  for (const ElementwiseOp* op = ElementwiseOp::first(); op != nullptr; op = op->next) {
    if (!op->s64) continue;
    for (int64_t a : extremes) {
      for (int64_t b : extremes) {
        std::vector<int64_t> x(16, a), z(16, b), y(16);
        op->s64.functions[0](y.data(), x.data(), z.data(), x.data(), {kNan, -kInf}, 1);
      }
    }
  }
}

TEST_CASE("operator names are unique and can be found") {
  std::set<std::string> names;
  for (const ElementwiseOp* op = ElementwiseOp::first(); op != nullptr; op = op->next) {
    CHECK(names.insert(op->name).second);
    CHECK(find_elementwise_op(op->name) == op);
    CHECK((op->arity >= 0 && op->arity <= 3));
  }
  CHECK(find_elementwise_op("no such operator") == nullptr);
}

}  // namespace edgert
