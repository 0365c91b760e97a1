// A file mapped for reading.
#ifndef EDGERT_RUNTIME_FILE_H_
#define EDGERT_RUNTIME_FILE_H_

#include <cstddef>

#include "runtime/status.h"

namespace edgert {

// The pages are the page cache's: nothing is copied, and processes share them. The file must not be
// changed while it is mapped; replace it by renaming a new one over it.
struct MappedFile {
  const void* data = nullptr;
  size_t size = 0;

  // `whole`: all of it will be read at once (for the checksum), so fetch the pages now.
  Status map(const char* path, bool whole, edgert_error* error);
  void unmap();
};

}  // namespace edgert

#endif  // EDGERT_RUNTIME_FILE_H_
