// XXH3, 64 bit: the checksum of bundles.
#ifndef EDGERT_RUNTIME_CHECKSUM_H_
#define EDGERT_RUNTIME_CHECKSUM_H_

#include <cstddef>
#include <cstdint>

namespace edgert {

uint64_t checksum(const void* data, size_t size);

}  // namespace edgert

#endif  // EDGERT_RUNTIME_CHECKSUM_H_
