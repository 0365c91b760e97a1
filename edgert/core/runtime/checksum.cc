#include "runtime/checksum.h"

#define XXH_INLINE_ALL
#define XXH_NO_STREAM
#include <xxhash.h>

#include "edgert.h"

namespace edgert {

uint64_t checksum(const void* data, size_t size) { return XXH3_64bits(data, size); }

}  // namespace edgert

uint64_t edgert_checksum(const void* data, size_t size) { return edgert::checksum(data, size); }
