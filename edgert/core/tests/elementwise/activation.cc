// Activations.
#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/elementwise/reference.h"

namespace edgert {
namespace {

using R = Real;
using I = int64_t;

Real sigmoid(Real x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }

const References<FloatReference> floats = {
    {"relu", {[](R x, R, R) { return x < 0 ? 0 : x; }}},
    {"clip",
     {[](R x, R, R) { return std::isnan(x) ? x : std::fmin(std::fmax(x, R{-1.5}), R{6}); },
      0,
      {-1.5f, 6}}},
    {"prelu", {[](R x, R s, R) { return x < 0 ? x * s : x; }}},
    {"leaky_relu", {[](R x, R, R) { return x < 0 ? x * R{0.125} : x; }, 0, {0.125f, 0}}},
    {"thresholded_relu",
     {[](R x, R, R) { return x > R{0.5} || std::isnan(x) ? x : 0; }, 0, {0.5f, 0}}},
    {"shrink",
     {[](R x, R, R) { return x < R{-0.5}     ? x + 1
                             : x > R{0.5}    ? x - 1
                             : std::isnan(x) ? x
                                             : 0; },
      0,
      {0.5f, 1}}},
    {"elu", {[](R x, R, R) { return x < 0 ? R{1.5} * std::expm1(x) : x; }, 3, {1.5f, 0}}},
    {"celu", {[](R x, R, R) { return x < 0 ? R{1.5} * std::expm1(x / R{1.5}) : x; }, 4, {1.5f, 0}}},
    {"selu",
     {[](R x, R, R) { return x < 0 ? R{1.5} * R{1.25} * std::expm1(x) : R{1.25} * x; },
      4,
      {1.5f, 1.25f}}},
    {"sigmoid", {[](R x, R, R) { return sigmoid(x); }, 2.5}},
    {"hard_sigmoid",
     {[](R x, R, R) {
        return std::isnan(x) ? x : std::fmin(std::fmax(x * R{0.25} + R{0.5}, R{0}), R{1});
      },
      1,
      {0.25f, 0.5f}}},
    {"hard_swish",
     {[](R x, R, R) {
        return std::isnan(x) ? x : x * std::fmin(std::fmax(x / 6 + R{0.5}, R{0}), R{1});
      },
      2,
      {0, 0},
      1}},
    {"silu", {[](R x, R, R) { return x * sigmoid(x); }, 3.5}},
    {"gelu", {[](R x, R, R) { return x * (1 + std::erf(x / std::sqrt(R{2}))) / 2; }, 4, {0, 0}, 2}},
    {"gelu_tanh",
     {[](R x, R, R) {
        return x / 2 *
               (1 + std::tanh(std::sqrt(2 / std::acos(R{-1})) * (x + R{0.044715L} * x * x * x)));
      },
      8,
      {0, 0},
      4}},
    {"mish", {[](R x, R, R) { return x * std::tanh(x > 60 ? x : std::log1p(std::exp(x))); }, 5}},
    {"tanh", {[](R x, R, R) { return std::tanh(x); }, 3.5}},
    {"softplus", {[](R x, R, R) { return x > 60 ? x : std::log1p(std::exp(x)); }, 3.5}},
    {"softsign", {[](R x, R, R) { return x / (1 + std::fabs(x)); }, 1}},
};

const References<IntegerReference> integers = {
    {"relu", {[](I x, I, I) { return std::max<I>(x, 0); }}},
    {"clip",
     {[](I x, I, I) { return std::min<I>(std::max<I>(x, -3), INT64_MAX); },
      {-3, std::numeric_limits<float>::infinity()}}},
};

}  // namespace
}  // namespace edgert
