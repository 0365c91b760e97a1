// edgert_damage BUNDLE PART SEED COUNT: loads COUNT damaged versions of a bundle, runs those that
// load.
//
// PART is tables or constants: weights, scales, tables of indices and others that kernels read. The
// checksum is off: what is left is the validation of structure and meaning. Built with sanitizers,
// any way around it ends the program with a report.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "bundle_generated.h"
#include "tests/damage/bundles.h"

namespace edgert::testing {
namespace {

// Values at which checks go wrong.
uint32_t edge_value(Random& random) {
  constexpr uint32_t kValues[] = {
      0,      1,      2,       7,          16,         0x7F,       0x80,       0xFF,
      0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7F800000, 0x7FC00000};
  return kValues[random() % (sizeof(kValues) / sizeof(kValues[0]))];
}

void damage(uint8_t* data, size_t size, Random& random) {
  const auto place = static_cast<size_t>(random() % (size - 4));
  switch (random() % 4) {
    case 0:
      data[place] = static_cast<uint8_t>(data[place] ^ (1u << random() % 8));
      break;
    case 1:
      data[place] = static_cast<uint8_t>(random());
      break;
    case 2: {
      const uint32_t value = edge_value(random);
      std::memcpy(data + place / 4 * 4, &value, sizeof(value));
      break;
    }
    default: {
      uint32_t value;
      std::memcpy(&value, data + place / 4 * 4, sizeof(value));
      value += static_cast<uint32_t>(random() % 33) - 16;
      std::memcpy(data + place / 4 * 4, &value, sizeof(value));
    }
  }
}

struct Range {
  size_t begin;
  size_t end;
};

void add_constants(const schema::Program& program, size_t start, std::vector<size_t>* offsets) {
  if (program.tensors() == nullptr) return;
  for (const schema::Tensor* tensor : *program.tensors()) {
    if (tensor->storage() == schema::Storage::Constant)
      offsets->push_back(start + static_cast<size_t>(tensor->offset()));
  }
}

// From each constant to the next one, so that small tables are hit as often as large weights.
std::vector<Range> constants_of(const schema::Bundle& bundle) {
  const auto start = static_cast<size_t>(bundle.constants_offset());
  std::vector<size_t> offsets = {start};  // initial states are no tensors
  for (const schema::Program* program : *bundle.programs())
    add_constants(*program, start, &offsets);
  if (bundle.segments() != nullptr) {
    for (const schema::Segment* segment : *bundle.segments()) {
      add_constants(*segment->program(), start, &offsets);
    }
  }
  offsets.push_back(start + static_cast<size_t>(bundle.constants_size()));
  std::sort(offsets.begin(), offsets.end());
  std::vector<Range> ranges;
  for (size_t i = 0; i + 1 < offsets.size(); ++i) {
    if (offsets[i + 1] - offsets[i] > 4) ranges.push_back({offsets[i], offsets[i + 1]});
  }
  return ranges;
}

std::vector<Range> ranges_of(const schema::Bundle& bundle, const std::string& part) {
  if (part == "constants") return constants_of(bundle);
  return {{0, static_cast<size_t>(bundle.constants_offset())}};
}

int damage_bundle(const char* path, const std::string& part, uint64_t seed, int count) {
  const std::vector<uint8_t> original = read_file(path);
  AlignedBytes file(original);
  Random random(seed);
  if (original.size() < 64 || !try_bundle(file, random)) {
    std::fprintf(stderr, "%s does not run undamaged\n", path);
    return 1;
  }
  const std::vector<Range> ranges = ranges_of(*schema::GetBundle(original.data()), part);
  if (ranges.empty()) {
    std::fprintf(stderr, "%s has no %s\n", path, part.c_str());
    return 1;
  }
  int ran = 0;
  for (int i = 0; i < count; ++i) {
    random.seed(seed + static_cast<uint64_t>(i));
    std::memcpy(file.data(), original.data(), original.size());
    for (uint64_t n = 1 + random() % 3; n > 0; --n) {
      const Range& range = ranges[static_cast<size_t>(random() % ranges.size())];
      damage(file.data() + range.begin, range.end - range.begin, random);
    }
    ran += try_bundle(file, random);
  }
  std::printf("%d of %d damaged bundles ran\n", ran, count);
  return 0;
}

}  // namespace
}  // namespace edgert::testing

int main(int argc, char** argv) {
  const std::string part = argc == 5 ? argv[2] : "";
  if (part != "tables" && part != "constants") {
    std::fprintf(stderr, "usage: edgert_damage BUNDLE tables|constants SEED COUNT\n");
    return 2;
  }
  return edgert::testing::damage_bundle(argv[1], part, std::strtoull(argv[3], nullptr, 10),
                                        std::atoi(argv[4]));
}
