// For the programs that damage bundles: reading one, and trying one in every way.
#ifndef EDGERT_TESTS_DAMAGE_BUNDLES_H_
#define EDGERT_TESTS_DAMAGE_BUNDLES_H_

#include <cstdint>
#include <random>
#include <vector>

#include "tests/bundle_builder.h"

namespace edgert::testing {

using Random = std::mt19937_64;

// Empty where the file cannot be read.
std::vector<uint8_t> read_file(const char* path);

// Whether it loaded and ran, as a whole and segment by segment. The checksum is off: what is left
// is the validation of structure and meaning. Buffers have exactly the declared sizes.
bool try_bundle(AlignedBytes& file, Random& random);

}  // namespace edgert::testing

#endif  // EDGERT_TESTS_DAMAGE_BUNDLES_H_
