// The registries: kernels by name and version, instruction sets.
#include <doctest/doctest.h>

#include <cstring>

#include "runtime/isa.h"
#include "runtime/kernel.h"

namespace edgert {
namespace {

TEST_CASE("every registered kernel is found by its name and version, and by nothing else") {
  int count = 0;
  for (const Kernel* k = Kernel::first(); k != nullptr; k = k->next()) {
    ++count;
    CHECK(Kernel::find(k->name(), k->info().version) == k);
    CHECK(Kernel::find(k->name(), k->info().version + 1000) == nullptr);
  }
  CHECK(count == edgert_kernels());
  CHECK(Kernel::find("no_such_kernel", 1) == nullptr);
}

TEST_CASE("parameter fields lie inside their struct and do not overlap") {
  for (const Kernel* k = Kernel::first(); k != nullptr; k = k->next()) {
    CAPTURE(k->name());
    const edgert_kernel_info& info = k->info();
    uint32_t end = 0;
    for (uint32_t i = 0; i < info.field_count; ++i) {
      const edgert_param_field& field = info.fields[i];
      CAPTURE(field.name);
      CHECK(field.offset == end);
      CHECK((field.type == 'i' || field.type == 'f'));
      end = field.offset + 4 * field.count;
    }
    CHECK(end == info.params_size);
  }
}

TEST_CASE("kernels are listed by index in the C interface") {
  for (int32_t i = 0; i < edgert_kernels(); ++i) {
    edgert_kernel_info info;
    REQUIRE(edgert_kernel(i, &info) == EDGERT_OK);
    CHECK(Kernel::find(info.name, info.version) != nullptr);
  }
  edgert_kernel_info info;
  CHECK(edgert_kernel(-1, &info) == EDGERT_ERROR_INPUT);
  CHECK(edgert_kernel(edgert_kernels(), &info) == EDGERT_ERROR_INPUT);
}

TEST_CASE("the selected instruction set is supported, and scalar code is always enabled") {
  CHECK(isa_supported(isa_selected()));
  CHECK(isa_enabled(isa_selected()));
  CHECK(isa_enabled(Isa::kScalar));
  CHECK(std::strcmp(edgert_isa(), isa_name(isa_selected())) == 0);
}

}  // namespace
}  // namespace edgert
