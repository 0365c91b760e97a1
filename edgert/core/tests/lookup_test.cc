// Every enabled variant of the lookup microkernel against its definition.
#include "kernels/elementwise/lookup.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "runtime/microkernel.h"
#include "tests/kernel_call.h"

namespace edgert {

TEST_CASE("every lookup variant gives the entries of the table, in place too") {
  testing::Random random(3);
  const auto bytes = [&](size_t n) {
    std::vector<uint8_t> values(n);
    for (uint8_t& v : values) v = static_cast<uint8_t>(random.integer(0, 255));
    return values;
  };
  for (const auto* m = Microkernel<Lookup>::first(); m != nullptr; m = m->next()) {
    if (!isa_enabled(m->isa())) continue;
    CAPTURE(isa_name(m->isa()));
    for (size_t n = 0; n < 300; ++n) {
      CAPTURE(n);
      const auto table = bytes(256);
      auto x = bytes(n);
      for (size_t i = 0; i < n && n > 256; ++i) x[i] = static_cast<uint8_t>(i);
      std::vector<uint8_t> expected(n + 1, 55), y(n + 1, 55);
      std::transform(x.begin(), x.end(), expected.begin(), [&](uint8_t v) { return table[v]; });
      m->ops().run(table.data(), x.data(), y.data(), static_cast<int64_t>(n));
      CHECK(y == expected);
      std::copy(x.begin(), x.end(), y.begin());
      m->ops().run(table.data(), y.data(), y.data(), static_cast<int64_t>(n));
      CHECK(y == expected);
    }
  }
}

}  // namespace edgert
