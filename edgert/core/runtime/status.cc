#include "runtime/status.h"

#include <atomic>

namespace edgert {
namespace {

// Threads of one run may fail at once; whoever writes last is heard, whole.
std::atomic_flag writing = ATOMIC_FLAG_INIT;

}  // namespace

Status fail(edgert_error* error, Status status, const char* format, ...) {
  if (error != nullptr) {
    while (writing.test_and_set(std::memory_order_acquire)) {
    }
    va_list args;
    va_start(args, format);
    std::vsnprintf(error->message, sizeof(error->message), format, args);
    va_end(args);
    writing.clear(std::memory_order_release);
  }
  return status;
}

}  // namespace edgert
