// Comparisons, truth values, bits and selection.
#include <cmath>

#include "tests/elementwise/reference.h"

namespace edgert {
namespace {

using R = Real;
using I = int64_t;

Real truth(bool value) { return value ? 1 : 0; }

const References<FloatReference> floats = {
    {"equal", {[](R a, R b, R) { return truth(a == b); }}},
    {"not_equal", {[](R a, R b, R) { return truth(a != b); }}},
    {"less", {[](R a, R b, R) { return truth(a < b); }}},
    {"less_equal", {[](R a, R b, R) { return truth(a <= b); }}},
    {"greater", {[](R a, R b, R) { return truth(a > b); }}},
    {"greater_equal", {[](R a, R b, R) { return truth(a >= b); }}},
    {"and", {[](R a, R b, R) { return truth(a != 0 && b != 0); }}},
    {"or", {[](R a, R b, R) { return truth(a != 0 || b != 0); }}},
    {"xor", {[](R a, R b, R) { return truth((a != 0) != (b != 0)); }}},
    {"not", {[](R x, R, R) { return truth(x == 0); }}},
    {"is_nan", {[](R x, R, R) { return truth(std::isnan(x)); }}},
    {"is_inf", {[](R x, R, R) { return truth(std::isinf(x) && x < 0); }, 0, {0, 1}}},
    {"where", {[](R c, R a, R b) { return c != 0 ? a : b; }}},
};

const References<IntegerReference> integers = {
    {"equal", {[](I a, I b, I) { return I{a == b}; }}},
    {"not_equal", {[](I a, I b, I) { return I{a != b}; }}},
    {"less", {[](I a, I b, I) { return I{a < b}; }}},
    {"less_equal", {[](I a, I b, I) { return I{a <= b}; }}},
    {"greater", {[](I a, I b, I) { return I{a > b}; }}},
    {"greater_equal", {[](I a, I b, I) { return I{a >= b}; }}},
    {"and", {[](I a, I b, I) { return I{a != 0 && b != 0}; }}},
    {"or", {[](I a, I b, I) { return I{a != 0 || b != 0}; }}},
    {"xor", {[](I a, I b, I) { return I{(a != 0) != (b != 0)}; }}},
    {"not", {[](I x, I, I) { return I{x == 0}; }}},
    {"where", {[](I c, I a, I b) { return c != 0 ? a : b; }}},
    {"bitwise_and", {[](I a, I b, I) { return a & b; }}},
    {"bitwise_or", {[](I a, I b, I) { return a | b; }}},
    {"bitwise_xor", {[](I a, I b, I) { return a ^ b; }}},
    {"bitwise_not", {[](I x, I, I) { return ~x; }}},
};

}  // namespace
}  // namespace edgert
