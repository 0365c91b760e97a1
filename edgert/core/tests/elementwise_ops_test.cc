// Every registered elementwise operator against a reference in double or long arithmetic, and every
// version of its loop against the baseline's bits.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "kernels/elementwise/elementwise.h"
#include "tests/kernel_call.h"

namespace edgert {
namespace {

using Real = long double;
constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

struct FloatReference {
  std::function<Real(Real, Real, Real)> f;
  double ulp = 0;  // of the result, beyond its own rounding to float
  Immediates k = {0, 0};
  double absolute = 0;  // in units of the operand's ulp, where the result cancels
};

Real nan_aware(Real a, Real b, Real result) {
  return std::isnan(a) || std::isnan(b) ? kNan : result;
}
Real truth(bool value) { return value ? 1 : 0; }
Real sigmoid(Real x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }

std::map<std::string, FloatReference> float_references() {
  using R = Real;
  std::map<std::string, FloatReference> t;
  t["add"] = {[](R a, R b, R) { return a + b; }};
  t["sub"] = {[](R a, R b, R) { return a - b; }};
  t["mul"] = {[](R a, R b, R) { return a * b; }};
  t["div"] = {[](R a, R b, R) { return a / b; }};
  t["min"] = {[](R a, R b, R) { return nan_aware(a, b, std::fmin(a, b)); }};
  t["max"] = {[](R a, R b, R) { return nan_aware(a, b, std::fmax(a, b)); }};
  t["fmod"] = {[](R a, R b, R) { return std::fmod(a, b); }};
  t["mod"] = {[](R a, R b, R) {
                const R r = std::fmod(a, b);
                return r != 0 && (r < 0) != (b < 0)
                           ? static_cast<R>(static_cast<float>(r) + static_cast<float>(b))
                           : r;
              },
              1};
  t["pow"] = {[](R a, R b, R) { return std::pow(a, b); }, 1};
  t["prelu"] = {[](R x, R s, R) { return x < 0 ? x * s : x; }};
  t["where"] = {[](R c, R a, R b) { return c != 0 ? a : b; }};
  t["equal"] = {[](R a, R b, R) { return truth(a == b); }};
  t["not_equal"] = {[](R a, R b, R) { return truth(a != b); }};
  t["less"] = {[](R a, R b, R) { return truth(a < b); }};
  t["less_equal"] = {[](R a, R b, R) { return truth(a <= b); }};
  t["greater"] = {[](R a, R b, R) { return truth(a > b); }};
  t["greater_equal"] = {[](R a, R b, R) { return truth(a >= b); }};
  t["and"] = {[](R a, R b, R) { return truth(a != 0 && b != 0); }};
  t["or"] = {[](R a, R b, R) { return truth(a != 0 || b != 0); }};
  t["xor"] = {[](R a, R b, R) { return truth((a != 0) != (b != 0)); }};
  t["not"] = {[](R x, R, R) { return truth(x == 0); }};
  t["is_nan"] = {[](R x, R, R) { return truth(std::isnan(x)); }};
  t["is_inf"] = {[](R x, R, R) { return truth(std::isinf(x) && x < 0); }, 0, {0, 1}};
  t["neg"] = {[](R x, R, R) { return -x; }};
  t["abs"] = {[](R x, R, R) { return std::fabs(x); }};
  t["square"] = {[](R x, R, R) { return x * x; }};
  t["sqrt"] = {[](R x, R, R) { return std::sqrt(x); }};
  t["rsqrt"] = {[](R x, R, R) { return 1 / std::sqrt(x); }, 1};
  t["reciprocal"] = {[](R x, R, R) { return 1 / x; }};
  t["exp"] = {[](R x, R, R) { return std::exp(x); }, 1.5};
  t["log"] = {[](R x, R, R) { return std::log(x); }, 1.5};
  t["tanh"] = {[](R x, R, R) { return std::tanh(x); }, 3.5};
  t["sigmoid"] = {[](R x, R, R) { return sigmoid(x); }, 2.5};
  t["erf"] = {[](R x, R, R) { return std::erf(x); }, 2.5};
  t["softplus"] = {[](R x, R, R) { return x > 60 ? x : std::log1p(std::exp(x)); }, 3.5};
  t["softsign"] = {[](R x, R, R) { return x / (1 + std::fabs(x)); }, 1};
  t["relu"] = {[](R x, R, R) { return x < 0 ? 0 : x; }};
  t["clip"] = {[](R x, R, R) { return std::isnan(x) ? x : std::fmin(std::fmax(x, R{-1.5}), R{6}); },
               0,
               {-1.5f, 6}};
  t["leaky_relu"] = {[](R x, R, R) { return x < 0 ? x * R{0.125} : x; }, 0, {0.125f, 0}};
  t["thresholded_relu"] = {
      [](R x, R, R) { return x > R{0.5} || std::isnan(x) ? x : 0; }, 0, {0.5f, 0}};
  t["shrink"] = {[](R x, R, R) {
                   return x < R{-0.5} ? x + 1 : x > R{0.5} ? x - 1 : std::isnan(x) ? x : 0;
                 },
                 0,
                 {0.5f, 1}};
  t["elu"] = {[](R x, R, R) { return x < 0 ? R{1.5} * std::expm1(x) : x; }, 3, {1.5f, 0}};
  t["celu"] = {[](R x, R, R) { return x < 0 ? R{1.5} * std::expm1(x / R{1.5}) : x; }, 4, {1.5f, 0}};
  t["selu"] = {[](R x, R, R) { return x < 0 ? R{1.5} * R{1.25} * std::expm1(x) : R{1.25} * x; },
               4,
               {1.5f, 1.25f}};
  t["hard_sigmoid"] = {
      [](R x, R, R) {
        return std::isnan(x) ? x : std::fmin(std::fmax(x * R{0.25} + R{0.5}, R{0}), R{1});
      },
      1,
      {0.25f, 0.5f}};
  t["hard_swish"] = {[](R x, R, R) {
                       return std::isnan(x) ? x
                                            : x * std::fmin(std::fmax(x / 6 + R{0.5}, R{0}), R{1});
                     },
                     2,
                     {0, 0},
                     1};
  t["silu"] = {[](R x, R, R) { return x * sigmoid(x); }, 3.5};
  t["gelu"] = {[](R x, R, R) { return x * (1 + std::erf(x / std::sqrt(R{2}))) / 2; }, 4, {0, 0}, 2};
  t["gelu_tanh"] = {
      [](R x, R, R) {
        return x / 2 *
               (1 + std::tanh(std::sqrt(2 / std::acos(R{-1})) * (x + R{0.044715L} * x * x * x)));
      },
      8,
      {0, 0},
      4};
  t["mish"] = {[](R x, R, R) { return x * std::tanh(x > 60 ? x : std::log1p(std::exp(x))); }, 5};
  t["floor"] = {[](R x, R, R) { return std::floor(x); }};
  t["ceil"] = {[](R x, R, R) { return std::ceil(x); }};
  t["trunc"] = {[](R x, R, R) { return std::trunc(x); }};
  t["round"] = {[](R x, R, R) { return std::nearbyint(x); }};
  t["sign"] = {[](R x, R, R) { return x > 0 ? 1 : x < 0 ? -1 : x; }};
  t["sin"] = {[](R x, R, R) { return std::sin(x); }, 1};
  t["cos"] = {[](R x, R, R) { return std::cos(x); }, 1};
  t["tan"] = {[](R x, R, R) { return std::tan(x); }, 1};
  t["asin"] = {[](R x, R, R) { return std::asin(x); }, 1};
  t["acos"] = {[](R x, R, R) { return std::acos(x); }, 1};
  t["atan"] = {[](R x, R, R) { return std::atan(x); }, 1};
  t["sinh"] = {[](R x, R, R) { return std::sinh(x); }, 1};
  t["cosh"] = {[](R x, R, R) { return std::cosh(x); }, 1};
  t["asinh"] = {[](R x, R, R) { return std::asinh(x); }, 1};
  t["acosh"] = {[](R x, R, R) { return std::acosh(x); }, 1};
  t["atanh"] = {[](R x, R, R) { return std::atanh(x); }, 1};
  t["constant"] = {[](R, R, R) { return R{2.5}; }, 0, {2.5f, 0}};
  return t;
}

struct IntegerReference {
  std::function<int64_t(int64_t, int64_t, int64_t)> f;
  Immediates k = {0, 0};
};

int64_t floor_mod(int64_t a, int64_t b) {
  const int64_t r = a % b;
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

// For |operands| < 2^31.
std::map<std::string, IntegerReference> integer_references() {
  using I = int64_t;
  std::map<std::string, IntegerReference> t;
  t["add"] = {[](I a, I b, I) { return a + b; }};
  t["sub"] = {[](I a, I b, I) { return a - b; }};
  t["mul"] = {[](I a, I b, I) { return a * b; }};
  t["div"] = {[](I a, I b, I) { return b == 0 ? 0 : a / b; }};
  t["fmod"] = {[](I a, I b, I) { return b == 0 ? 0 : a % b; }};
  t["mod"] = {[](I a, I b, I) { return b == 0 ? 0 : floor_mod(a, b); }};
  t["min"] = {[](I a, I b, I) { return std::min(a, b); }};
  t["max"] = {[](I a, I b, I) { return std::max(a, b); }};
  t["pow"] = {[](I a, I b, I) {
    if (b < 0) return I{a == 1 || (a == -1 && b % 2 == 0)} - I{a == -1 && b % 2 != 0};
    uint64_t power = 1;
    for (I i = 0; i < b; ++i) power *= static_cast<uint64_t>(a);
    return static_cast<I>(power);
  }};
  t["neg"] = {[](I x, I, I) { return -x; }};
  t["abs"] = {[](I x, I, I) { return x < 0 ? -x : x; }};
  t["square"] = {[](I x, I, I) { return x * x; }};
  t["sign"] = {[](I x, I, I) { return x > 0 ? I{1} : x < 0 ? I{-1} : I{0}; }};
  t["relu"] = {[](I x, I, I) { return std::max<I>(x, 0); }};
  t["clip"] = {[](I x, I, I) { return std::min<I>(std::max<I>(x, -3), INT64_MAX); }, {-3, kInf}};
  t["where"] = {[](I c, I a, I b) { return c != 0 ? a : b; }};
  t["equal"] = {[](I a, I b, I) { return I{a == b}; }};
  t["not_equal"] = {[](I a, I b, I) { return I{a != b}; }};
  t["less"] = {[](I a, I b, I) { return I{a < b}; }};
  t["less_equal"] = {[](I a, I b, I) { return I{a <= b}; }};
  t["greater"] = {[](I a, I b, I) { return I{a > b}; }};
  t["greater_equal"] = {[](I a, I b, I) { return I{a >= b}; }};
  t["and"] = {[](I a, I b, I) { return I{a != 0 && b != 0}; }};
  t["or"] = {[](I a, I b, I) { return I{a != 0 || b != 0}; }};
  t["xor"] = {[](I a, I b, I) { return I{(a != 0) != (b != 0)}; }};
  t["not"] = {[](I x, I, I) { return I{x == 0}; }};
  t["bitwise_and"] = {[](I a, I b, I) { return a & b; }};
  t["bitwise_or"] = {[](I a, I b, I) { return a | b; }};
  t["bitwise_xor"] = {[](I a, I b, I) { return a ^ b; }};
  t["bitwise_not"] = {[](I x, I, I) { return ~x; }};
  t["constant"] = {[](I, I, I) { return I{-7}; }, {-7, 0}};
  return t;
}

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
  const auto references = float_references();
  int covered = 0;
  for (const ElementwiseOp* op = ElementwiseOp::first(); op != nullptr; op = op->next) {
    if (!op->f32) continue;
    const auto reference = references.find(op->name);
    REQUIRE_MESSAGE(reference != references.end(), "no reference for ", std::string(op->name));
    check_float(*op, reference->second);
    ++covered;
  }
  CHECK(covered == static_cast<int>(references.size()));
}

TEST_CASE("every elementwise operator agrees with its integer reference") {
  const auto references = integer_references();
  int covered = 0;
  for (const ElementwiseOp* op = ElementwiseOp::first(); op != nullptr; op = op->next) {
    if (!op->s64) continue;
    const auto reference = references.find(op->name);
    REQUIRE_MESSAGE(reference != references.end(), "no reference for ", std::string(op->name));
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
  const auto references = float_references();
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
