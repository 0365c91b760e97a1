// edgert_damage BUNDLE SEED COUNT: loads COUNT damaged versions of a bundle, runs those that load.
//
// The tables are damaged, not the constants, and the checksum is off: what is left is the
// validation of structure and meaning. Built with sanitizers, any way around it ends the program
// with a report.
#include <cstdio>
#include <cstdlib>
#include <cstring>
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
  const size_t place = random() % (size - 4);
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

int damage_bundle(const char* path, uint64_t seed, int count) {
  const std::vector<uint8_t> original = read_file(path);
  AlignedBytes file(original);
  Random random(seed);
  if (original.size() < 64 || !try_bundle(file, random)) {
    std::fprintf(stderr, "%s does not run undamaged\n", path);
    return 1;
  }
  const size_t tables = schema::GetBundle(original.data())->constants_offset();
  int ran = 0;
  for (int i = 0; i < count; ++i) {
    random.seed(seed + static_cast<uint64_t>(i));
    std::memcpy(file.data(), original.data(), tables);
    for (uint64_t n = 1 + random() % 3; n > 0; --n) damage(file.data(), tables, random);
    ran += try_bundle(file, random);
  }
  std::printf("%d of %d damaged bundles ran\n", ran, count);
  return 0;
}

}  // namespace
}  // namespace edgert::testing

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: edgert_damage BUNDLE SEED COUNT\n");
    return 2;
  }
  return edgert::testing::damage_bundle(argv[1], std::strtoull(argv[2], nullptr, 10),
                                        std::atoi(argv[3]));
}
