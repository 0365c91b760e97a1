// Exponentials, logarithms and trigonometry.
#include <cmath>

#include "tests/elementwise/reference.h"

namespace edgert {
namespace {

using R = Real;

const References<FloatReference> floats = {
    {"exp", {[](R x, R, R) { return std::exp(x); }, 1.5}},
    {"log", {[](R x, R, R) { return std::log(x); }, 1.5}},
    {"erf", {[](R x, R, R) { return std::erf(x); }, 2.5}},
    {"sin", {[](R x, R, R) { return std::sin(x); }, 1}},
    {"cos", {[](R x, R, R) { return std::cos(x); }, 1}},
    {"tan", {[](R x, R, R) { return std::tan(x); }, 1}},
    {"asin", {[](R x, R, R) { return std::asin(x); }, 1}},
    {"acos", {[](R x, R, R) { return std::acos(x); }, 1}},
    {"atan", {[](R x, R, R) { return std::atan(x); }, 1}},
    {"sinh", {[](R x, R, R) { return std::sinh(x); }, 1}},
    {"cosh", {[](R x, R, R) { return std::cosh(x); }, 1}},
    {"asinh", {[](R x, R, R) { return std::asinh(x); }, 1}},
    {"acosh", {[](R x, R, R) { return std::acosh(x); }, 1}},
    {"atanh", {[](R x, R, R) { return std::atanh(x); }, 1}},
};

}  // namespace
}  // namespace edgert
