#include "runtime/kernel.h"

#include <cstring>

#include "kernels/elementwise/elementwise.h"

namespace edgert {

const Kernel* Kernel::find(const char* name, uint32_t version) {
  for (const Kernel* k = first(); k != nullptr; k = k->next()) {
    if (k->info().version == version && std::strcmp(k->name(), name) == 0) return k;
  }
  return nullptr;
}

Status reject(const Call& call, const char* format, ...) {
  if (call.error != nullptr) {
    char detail[384];
    va_list args;
    va_start(args, format);
    std::vsnprintf(detail, sizeof(detail), format, args);
    va_end(args);
    return fail(call.error, Status::kBundle, "call '%.80s' (%.40s): %s", call.name,
                call.kernel != nullptr ? call.kernel->name() : "?", detail);
  }
  return Status::kBundle;
}

}  // namespace edgert

using edgert::ElementwiseOp;
using edgert::Kernel;

int32_t edgert_kernels(void) {
  int32_t count = 0;
  for (const Kernel* k = Kernel::first(); k != nullptr; k = k->next()) ++count;
  return count;
}

edgert_status edgert_kernel(int32_t index, edgert_kernel_info* info) {
  if (index < 0 || info == nullptr) return EDGERT_ERROR_INPUT;
  for (const Kernel* k = Kernel::first(); k != nullptr; k = k->next()) {
    if (index-- == 0) {
      *info = k->info();
      return EDGERT_OK;
    }
  }
  return EDGERT_ERROR_INPUT;
}

const char* edgert_elementwise_operator(int32_t index) {
  if (index < 0) return nullptr;
  for (const ElementwiseOp* op = ElementwiseOp::first(); op != nullptr; op = op->next) {
    if (index-- == 0) return op->name;
  }
  return nullptr;
}

const char* edgert_isa(void) { return edgert::isa_name(edgert::isa_selected()); }
