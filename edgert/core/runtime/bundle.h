// The file as a whole: is it a bundle, complete, undamaged, and one that this runtime can read?
#ifndef EDGERT_RUNTIME_BUNDLE_H_
#define EDGERT_RUNTIME_BUNDLE_H_

#include <cstddef>
#include <cstdint>

#include "bundle_generated.h"
#include "runtime/status.h"

namespace edgert {

// A bundle whose structure has been verified: every offset inside the FlatBuffer leads to something
// of the right kind. What the values mean is checked where they are used.
struct Bundle {
  const schema::Bundle* root = nullptr;
  const std::byte* constants = nullptr;
  size_t constants_size = 0;
  const uint16_t* halves = nullptr;  // f16 within the constants
  size_t halves_count = 0;
};

// `data` must be 64-byte aligned. `flags` are edgert_load_flags.
Status read_bundle(const void* data, size_t size, uint32_t flags, Bundle* bundle,
                   edgert_error* error);

inline const char* text(const flatbuffers::String* string) {
  return string == nullptr ? "" : string->c_str();
}

template <typename T>
size_t length(const flatbuffers::Vector<T>* vector) {
  return vector == nullptr ? 0 : vector->size();
}

}  // namespace edgert

#endif  // EDGERT_RUNTIME_BUNDLE_H_
