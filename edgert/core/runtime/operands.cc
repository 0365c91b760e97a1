#include "runtime/operands.h"

#include <cstring>

#include "runtime/kernel.h"

namespace edgert {
namespace {

constexpr const char* kArrow = "->";
constexpr const char* kSeparators = " ,";

struct Operand {
  const char* name;
  int length;
  bool optional;
  bool repeated;
};

// Takes the next operand off `text`; false in front of the arrow and at the end.
bool next_operand(const char** text, Operand* operand) {
  const char* start = *text + std::strspn(*text, kSeparators);
  const size_t size = std::strcspn(start, kSeparators);
  *text = start;
  if (size == 0 || std::strncmp(start, kArrow, size) == 0) return false;
  *text = start + size;
  const size_t name = std::strcspn(start, "?., ");
  *operand = {start, static_cast<int>(name), start[name] == '?', start[name] == '.'};
  return true;
}

// One side of the arrow: `given` holds what the call has of it.
Status check_side(const Call& call, const char** text, const Tensor* const* given, int32_t count,
                  const char* side) {
  Operand operand{};
  int32_t named = 0;
  while (next_operand(text, &operand)) {
    const int32_t last = operand.repeated ? count : named + 1;
    for (; named < last; ++named) {
      const bool missing = named >= count || given[named] == nullptr;
      EDGERT_CHECK(call, !missing || operand.optional, "%.*s is missing", operand.length,
                   operand.name);
    }
  }
  EDGERT_CHECK(call, count <= named, "has %d %s, but takes %s", count, side,
               call.kernel->operands().text());
  return Status::kOk;
}

}  // namespace

Status Operands::check(const Call& call) const {
  const char* text = text_;
  EDGERT_RETURN_IF_ERROR(check_side(call, &text, call.inputs, call.input_count, "inputs"));
  text = std::strstr(text, kArrow) + std::strlen(kArrow);
  return check_side(call, &text, call.outputs, call.output_count, "outputs");
}

}  // namespace edgert
