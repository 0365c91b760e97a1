// Arithmetic and rounding.
#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/elementwise/reference.h"

namespace edgert {
namespace {

using R = Real;
using I = int64_t;

Real nan_aware(Real a, Real b, Real result) {
  return std::isnan(a) || std::isnan(b) ? std::numeric_limits<Real>::quiet_NaN() : result;
}

int64_t floor_mod(int64_t a, int64_t b) {
  const int64_t r = a % b;
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

const References<FloatReference> floats = {
    {"add", {[](R a, R b, R) { return a + b; }}},
    {"sub", {[](R a, R b, R) { return a - b; }}},
    {"mul", {[](R a, R b, R) { return a * b; }}},
    {"div", {[](R a, R b, R) { return a / b; }}},
    {"fmod", {[](R a, R b, R) { return std::fmod(a, b); }}},
    {"mod",
     {[](R a, R b, R) {
        const R r = std::fmod(a, b);
        return r != 0 && (r < 0) != (b < 0)
                   ? static_cast<R>(static_cast<float>(r) + static_cast<float>(b))
                   : r;
      },
      1}},
    {"pow", {[](R a, R b, R) { return std::pow(a, b); }, 1}},
    {"min", {[](R a, R b, R) { return nan_aware(a, b, std::fmin(a, b)); }}},
    {"max", {[](R a, R b, R) { return nan_aware(a, b, std::fmax(a, b)); }}},
    {"neg", {[](R x, R, R) { return -x; }}},
    {"abs", {[](R x, R, R) { return std::fabs(x); }}},
    {"square", {[](R x, R, R) { return x * x; }}},
    {"sqrt", {[](R x, R, R) { return std::sqrt(x); }}},
    {"rsqrt", {[](R x, R, R) { return 1 / std::sqrt(x); }, 1}},
    {"reciprocal", {[](R x, R, R) { return 1 / x; }}},
    {"sign", {[](R x, R, R) { return x > 0   ? 1
                                     : x < 0 ? -1
                                             : x; }}},
    {"floor", {[](R x, R, R) { return std::floor(x); }}},
    {"ceil", {[](R x, R, R) { return std::ceil(x); }}},
    {"trunc", {[](R x, R, R) { return std::trunc(x); }}},
    {"round", {[](R x, R, R) { return std::nearbyint(x); }}},
    {"constant", {[](R, R, R) { return R{2.5}; }, 0, {2.5f, 0}}},
};

const References<IntegerReference> integers = {
    {"add", {[](I a, I b, I) { return a + b; }}},
    {"sub", {[](I a, I b, I) { return a - b; }}},
    {"mul", {[](I a, I b, I) { return a * b; }}},
    {"div", {[](I a, I b, I) { return b == 0 ? 0 : a / b; }}},
    {"fmod", {[](I a, I b, I) { return b == 0 ? 0 : a % b; }}},
    {"mod", {[](I a, I b, I) { return b == 0 ? 0 : floor_mod(a, b); }}},
    {"pow", {[](I a, I b, I) {
       if (b < 0) return I{a == 1 || (a == -1 && b % 2 == 0)} - I{a == -1 && b % 2 != 0};
       uint64_t power = 1;
       for (I i = 0; i < b; ++i) power *= static_cast<uint64_t>(a);
       return static_cast<I>(power);
     }}},
    {"min", {[](I a, I b, I) { return std::min(a, b); }}},
    {"max", {[](I a, I b, I) { return std::max(a, b); }}},
    {"neg", {[](I x, I, I) { return -x; }}},
    {"abs", {[](I x, I, I) { return x < 0 ? -x : x; }}},
    {"square", {[](I x, I, I) { return x * x; }}},
    {"sign", {[](I x, I, I) { return x > 0   ? I{1}
                                     : x < 0 ? I{-1}
                                             : I{0}; }}},
    {"constant", {[](I, I, I) { return I{-7}; }, {-7, 0}}},
};

}  // namespace
}  // namespace edgert
