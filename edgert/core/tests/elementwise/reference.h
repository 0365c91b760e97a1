// What elementwise operators compute, in wider arithmetic. The lists are found by their presence: a
// new operator brings a file in this folder.
#ifndef EDGERT_TESTS_ELEMENTWISE_REFERENCE_H_
#define EDGERT_TESTS_ELEMENTWISE_REFERENCE_H_

#include <cmath>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>

#include "kernels/elementwise/elementwise.h"

namespace edgert {

using Real = long double;

struct FloatReference {
  std::function<Real(Real, Real, Real)> f;
  double ulp = 0;  // of the result, beyond its own rounding to float
  Immediates k = {0, 0};
  double absolute = 0;  // in units of the operand's ulp, where the result cancels
};

// For |operands| < 2^31.
struct IntegerReference {
  std::function<int64_t(int64_t, int64_t, int64_t)> f;
  Immediates k = {0, 0};
};

// References by the name of their operator. A list of namespace scope adds to all().
template <typename Reference>
class References {
 public:
  using Map = std::map<std::string, Reference>;

  References(std::initializer_list<typename Map::value_type> listed) {
    all().insert(listed.begin(), listed.end());
  }

  static Map& all() {
    static Map map;
    return map;
  }
};

}  // namespace edgert

#endif  // EDGERT_TESTS_ELEMENTWISE_REFERENCE_H_
