#include "runtime/memory.h"

namespace edgert {

void* (*allocate)(size_t count, size_t size) = std::calloc;

}  // namespace edgert
