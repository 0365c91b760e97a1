#include "runtime/bundle.h"

#include <algorithm>
#include <cstring>

#include "runtime/checksum.h"
#include "runtime/memory.h"

namespace edgert {
namespace {

constexpr char kFooterMagic[] = "EDGRSUM1";
constexpr size_t kMagicSize = sizeof(kFooterMagic) - 1;
constexpr size_t kFooterSize = kMagicSize + sizeof(uint64_t);
constexpr size_t kHeaderSize = 8;  // root offset, file identifier
constexpr uint32_t kFormat = 1;

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "bundles are read in place");

Status check_footer(const std::byte* data, size_t size, uint32_t flags, edgert_error* error) {
  const std::byte* footer = data + size - kFooterSize;
  if (std::memcmp(footer, kFooterMagic, kMagicSize) != 0) {
    return fail(error, Status::kBundle,
                "the bundle is truncated or damaged: its end is missing; copy or compile it again");
  }
  if ((flags & EDGERT_LOAD_SKIP_CHECKSUM) != 0) return Status::kOk;
  uint64_t expected;
  std::memcpy(&expected, footer + kMagicSize, sizeof(expected));
  if (checksum(data, size - kFooterSize) != expected) {
    return fail(error, Status::kBundle,
                "the bundle is damaged: its checksum does not match; copy or compile it again");
  }
  return Status::kOk;
}

struct Version {
  unsigned parts[3];
};

bool parse_version(const char* string, Version* version) {
  unsigned(&v)[3] = version->parts;
  int end = 0;
  return std::sscanf(string, "%4u.%4u.%4u%n", &v[0], &v[1], &v[2], &end) == 3 && end > 0;
}

Status check_version(const schema::Bundle& root, edgert_error* error) {
  Version needed = {}, own = {};
  if (root.min_runtime() != nullptr && !parse_version(root.min_runtime()->c_str(), &needed)) {
    return fail(error, Status::kBundle, "the bundle is damaged: min_runtime is no version");
  }
  parse_version(edgert_version(), &own);
  if (std::lexicographical_compare(own.parts, own.parts + 3, needed.parts, needed.parts + 3)) {
    return fail(error, Status::kBundle,
                "the bundle needs edgert %u.%u.%u or newer and this is %s; "
                "run: pip install 'edgert>=%u.%u.%u'",
                needed.parts[0], needed.parts[1], needed.parts[2], edgert_version(),
                needed.parts[0], needed.parts[1], needed.parts[2]);
  }
  if (root.format() != kFormat) {
    return fail(error, Status::kBundle,
                "the bundle has format %u and edgert %s reads format %u; install a newer edgert",
                root.format(), edgert_version(), kFormat);
  }
  return Status::kOk;
}

Status find_constants(const std::byte* data, size_t size, Bundle* bundle, edgert_error* error) {
  const uint64_t offset = bundle->root->constants_offset();
  const uint64_t constants = bundle->root->constants_size();
  const uint64_t end = size - kFooterSize;
  if (offset > end || constants != end - offset || offset % kAlignment != 0) {
    return fail(error, Status::kBundle,
                "the bundle is truncated or damaged: its constants are not where they should be");
  }
  bundle->constants = data + offset;
  bundle->constants_size = static_cast<size_t>(constants);
  return Status::kOk;
}

Status find_halves(Bundle* bundle, edgert_error* error) {
  const uint64_t offset = bundle->root->halves_offset();
  const uint64_t count = bundle->root->halves_count();
  const uint64_t size = bundle->constants_size;
  if (offset % sizeof(uint16_t) != 0 || offset > size ||
      count > (size - offset) / sizeof(uint16_t)) {
    return fail(error, Status::kBundle,
                "the bundle is damaged: its f16 elements are not in its constants");
  }
  bundle->halves = reinterpret_cast<const uint16_t*>(bundle->constants + offset);
  bundle->halves_count = static_cast<size_t>(count);
  return Status::kOk;
}

Status check_segments(const Bundle& bundle, edgert_error* error) {
  constexpr uint64_t kPayloadAlignment = 16;
  const size_t count = length(bundle.root->segments());
  for (size_t i = 0; i < count; ++i) {
    const auto& segment = *bundle.root->segments()->Get(static_cast<unsigned>(i));
    const uint64_t offset = segment.payload_offset();
    if (offset % kPayloadAlignment != 0 || offset > bundle.constants_size ||
        segment.payload_size() > bundle.constants_size - offset) {
      return fail(error, Status::kBundle,
                  "the bundle is damaged: the payload of segment %zu is not in its constants", i);
    }
  }
  if (count > 0 && (length(bundle.root->states()) > 0 || length(bundle.root->programs()) != 1)) {
    return fail(error, Status::kBundle,
                "the bundle is damaged: it has segments, and states or several programs");
  }
  return Status::kOk;
}

}  // namespace

Status read_bundle(const void* memory, size_t size, uint32_t flags, Bundle* bundle,
                   edgert_error* error) {
  const std::byte* data = static_cast<const std::byte*>(memory);
  if (size < kHeaderSize || !schema::BundleBufferHasIdentifier(data)) {
    return fail(error, Status::kBundle, "not an edgert bundle: the file identifier %s is missing",
                schema::BundleIdentifier());
  }
  if (size < kHeaderSize + kFooterSize) {
    return fail(error, Status::kBundle, "the bundle is truncated: it has %zu bytes", size);
  }
  EDGERT_RETURN_IF_ERROR(check_footer(data, size, flags, error));
  const size_t searched = std::min<size_t>(size - kFooterSize, FLATBUFFERS_MAX_BUFFER_SIZE - 1);
  flatbuffers::Verifier verifier(static_cast<const uint8_t*>(memory), searched);
  if (!schema::VerifyBundleBuffer(verifier)) {
    return fail(error, Status::kBundle,
                "the bundle is damaged: its tables are not well-formed; copy or compile it again");
  }
  bundle->root = schema::GetBundle(memory);
  EDGERT_RETURN_IF_ERROR(check_version(*bundle->root, error));
  EDGERT_RETURN_IF_ERROR(find_constants(data, size, bundle, error));
  EDGERT_RETURN_IF_ERROR(find_halves(bundle, error));
  return check_segments(*bundle, error);
}

}  // namespace edgert
