// edgert_damage BUNDLE SEED COUNT: loads COUNT damaged versions of a bundle, runs those that load.
//
// The tables are damaged, not the constants, and the checksum is off: what is left is the
// validation of structure and meaning. Built with sanitizers, any way around it ends the program
// with a report.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "bundle_generated.h"
#include "edgert.h"
#include "tests/bundle_builder.h"

namespace edgert::testing {
namespace {

constexpr size_t kMaxMemory = size_t{1} << 26;  // of a session that is run

using Random = std::mt19937_64;

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

// Buffers of exactly the declared sizes; false where they are too large to try.
bool make_buffers(const edgert_session* session, std::vector<AlignedBytes>* inputs,
                  std::vector<AlignedBytes>* outputs, Random& random) {
  edgert_port port;
  for (int32_t i = 0; edgert_session_input(session, i, &port) == EDGERT_OK; ++i) {
    if (port.size > kMaxMemory) return false;
    std::vector<uint8_t> bytes(port.size);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    inputs->emplace_back(bytes);
  }
  for (int32_t i = 0; edgert_session_output(session, i, &port) == EDGERT_OK; ++i) {
    if (port.size > kMaxMemory) return false;
    outputs->emplace_back(std::vector<uint8_t>(port.size));
  }
  return true;
}

// Whether it was tried. That the data make no sense, an index for example, is a result, too.
bool run(edgert_session* session, Random& random) {
  std::vector<AlignedBytes> inputs, outputs;
  if (edgert_session_memory(session) > kMaxMemory ||
      !make_buffers(session, &inputs, &outputs, random)) {
    return false;
  }
  std::vector<const void*> in;
  std::vector<void*> out;
  for (AlignedBytes& buffer : inputs) in.push_back(buffer.data());
  for (AlignedBytes& buffer : outputs) out.push_back(buffer.data());
  edgert_error error;
  edgert_session_run(session, in.data(), out.data(), &error);
  return true;
}

// Whether a session of this program, or of all, was made and ran.
bool run_session(const edgert_model* model, int32_t program, Random& random) {
  edgert_error error;
  edgert_session* session = nullptr;
  const int32_t threads = 1 + static_cast<int32_t>(random() % 2);
  bool done = edgert_session_create(model, program, threads, &session, &error) == EDGERT_OK;
  for (int32_t i = 0; done && i < edgert_session_programs(session); ++i) {
    edgert_session_select(session, i);
    done = run(session, random);
  }
  edgert_session_destroy(session);
  return done;
}

// Whether it loaded and ran, as a whole and segment by segment.
bool try_bundle(AlignedBytes& file, Random& random) {
  edgert_error error;
  edgert_model* model = nullptr;
  bool done = edgert_model_from_memory(file.data(), file.size(), EDGERT_LOAD_SKIP_CHECKSUM, &model,
                                       &error) == EDGERT_OK &&
              run_session(model, EDGERT_ALL_PROGRAMS, random);
  edgert_segment segment;
  for (int32_t i = 0; done && edgert_model_segment(model, i, &segment) == EDGERT_OK; ++i) {
    edgert_checksum(segment.payload, segment.payload_size);
    done = run_session(model, edgert_model_programs(model) + i, random);
  }
  edgert_model_close(model);
  return done;
}

std::vector<uint8_t> read_file(const char* path) {
  std::vector<uint8_t> bytes;
  FILE* file = std::fopen(path, "rb");
  if (file == nullptr) return bytes;
  for (int c; (c = std::fgetc(file)) != EOF;) bytes.push_back(static_cast<uint8_t>(c));
  std::fclose(file);
  return bytes;
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
