#include "tests/damage/bundles.h"

#include <cstdio>

#include "edgert.h"

namespace edgert::testing {
namespace {

constexpr size_t kMaxMemory = size_t{1} << 26;  // of a session that is run

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

}  // namespace

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

}  // namespace edgert::testing
