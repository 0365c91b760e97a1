// The registries: kernels by name and version, instruction sets.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

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

// The operands that a kernel declares, by side of the arrow.
struct Declared {
  std::vector<std::string> inputs, outputs;

  explicit Declared(const Kernel& kernel) {
    std::istringstream words(kernel.operands().text());
    std::vector<std::string>* side = &inputs;
    for (std::string word; words >> word;) {
      if (word == "->") {
        REQUIRE(side == &inputs);
        side = &outputs;
      } else {
        side->push_back(word.substr(0, word.find(',')));
      }
    }
    REQUIRE(side == &outputs);
  }
};

bool is_optional(const std::string& operand) { return operand.back() == '?'; }
bool is_repeated(const std::string& operand) { return operand.back() == '.'; }

// A call that has everything; what its tensors are does not matter here.
void give_all(Call* call, const Kernel& kernel, const Declared& declared, Tensor* tensor) {
  call->kernel = &kernel;
  call->name = "test";
  call->input_count = static_cast<int32_t>(declared.inputs.size());
  call->output_count = static_cast<int32_t>(declared.outputs.size());
  std::fill(call->inputs, call->inputs + call->input_count, tensor);
  std::fill(call->outputs, call->outputs + call->output_count, tensor);
}

TEST_CASE("a call has every operand that its kernel declares, but for optional ones") {
  for (const Kernel* k = Kernel::first(); k != nullptr; k = k->next()) {
    const Declared declared(*k);
    CAPTURE(k->operands().text());
    Tensor tensor;
    edgert_error error{};
    Call call;
    call.error = &error;
    give_all(&call, *k, declared, &tensor);
    CHECK(k->operands().check(call) == Status::kOk);
    const auto check_each = [&](const std::vector<std::string>& names, Tensor** operands) {
      for (size_t i = 0; i < names.size(); ++i) {
        operands[i] = nullptr;
        const Status status = k->operands().check(call);
        CHECK((status == Status::kOk) == is_optional(names[i]));
        if (status != Status::kOk) {
          const std::string name = names[i].substr(0, names[i].find_first_of("?."));
          CHECK(std::string(error.message).find("): " + name + " is missing") != std::string::npos);
          CHECK(k->prepare(call) == Status::kBundle);
        }
        operands[i] = &tensor;
      }
    };
    check_each(declared.inputs, call.inputs);
    check_each(declared.outputs, call.outputs);
  }
}

TEST_CASE("a call has no operand that its kernel does not declare") {
  for (const Kernel* k = Kernel::first(); k != nullptr; k = k->next()) {
    const Declared declared(*k);
    CAPTURE(k->operands().text());
    Tensor tensor;
    Call call;
    give_all(&call, *k, declared, &tensor);
    call.outputs[call.output_count++] = &tensor;
    CHECK(k->operands().check(call) == Status::kBundle);
    --call.output_count;
    const bool any = !declared.inputs.empty() && is_repeated(declared.inputs.back());
    call.inputs[call.input_count++] = &tensor;
    CHECK((k->operands().check(call) == Status::kOk) == any);
    call.inputs[call.input_count - 1] = nullptr;
    CHECK(k->operands().check(call) == Status::kBundle);
  }
}

TEST_CASE("optional operands at the end may be left out, others not") {
  for (const Kernel* k = Kernel::first(); k != nullptr; k = k->next()) {
    const Declared declared(*k);
    CAPTURE(k->operands().text());
    Tensor tensor;
    Call call;
    give_all(&call, *k, declared, &tensor);
    bool all_optional = true;
    while (call.input_count > 0) {
      const std::string& last = declared.inputs[static_cast<size_t>(call.input_count - 1)];
      all_optional = all_optional && (is_optional(last) || is_repeated(last));
      call.inputs[--call.input_count] = nullptr;
      CHECK((k->operands().check(call) == Status::kOk) == all_optional);
    }
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
