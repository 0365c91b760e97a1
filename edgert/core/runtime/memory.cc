#include "runtime/memory.h"

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace edgert {

void* (*allocate)(size_t count, size_t size) = std::calloc;

void populate(void* block, size_t size) {
#if defined(MADV_POPULATE_WRITE)
  const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t begin = reinterpret_cast<uintptr_t>(block) / page * page;
  const uintptr_t end = align_up(reinterpret_cast<uintptr_t>(block) + size, page);
  // Linux before 5.14 refuses; the pages then come one by one.
  (void)madvise(reinterpret_cast<void*>(begin), end - begin, MADV_POPULATE_WRITE);
#else
  (void)block, (void)size;
#endif
}

}  // namespace edgert
