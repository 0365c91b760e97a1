// Value-or-error results: no exceptions, no heap. A failing function has written its sentence into
// the Error that its caller handed down.
#ifndef EDGERT_RUNTIME_STATUS_H_
#define EDGERT_RUNTIME_STATUS_H_

#include <cstdarg>
#include <cstdio>

#include "edgert.h"

namespace edgert {

enum class [[nodiscard]] Status : int{
    kOk = EDGERT_OK,
    kBundle = EDGERT_ERROR_BUNDLE,
    kInput = EDGERT_ERROR_INPUT,
    kMemory = EDGERT_ERROR_MEMORY,
    kSystem = EDGERT_ERROR_SYSTEM,
    kRuntime = EDGERT_ERROR_RUNTIME,
};

// Writes the message and returns `status`, so that a check reads
//   if (bad) return fail(error, Status::kBundle, "call '%s': ...", name);
__attribute__((format(printf, 3, 4))) Status fail(edgert_error* error, Status status,
                                                  const char* format, ...);

#define EDGERT_RETURN_IF_ERROR(expression)                    \
  do {                                                        \
    if (const ::edgert::Status edgert_status_ = (expression); \
        edgert_status_ != ::edgert::Status::kOk)              \
      return edgert_status_;                                  \
  } while (false)

}  // namespace edgert

#endif  // EDGERT_RUNTIME_STATUS_H_
