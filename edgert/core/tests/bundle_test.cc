// Loading: good bundles run, damaged ones are refused by name, and nothing makes the core
// misbehave.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <string>

#include "runtime/memory.h"
#include "tests/bundle_builder.h"
#include "tests/kernel_call.h"

namespace edgert::testing {
namespace {

struct Outcome {
  edgert_status status;
  std::string message;
};

constexpr size_t kMaxPort = size_t{1} << 24;  // bytes that a test is willing to allocate

// Runs with buffers of exactly the declared sizes.
edgert_status run_session(edgert_session* session, std::vector<float>* result,
                          edgert_error* error) {
  std::vector<AlignedBytes> buffers;
  std::vector<const void*> inputs;
  std::vector<void*> outputs;
  edgert_port port;
  for (int32_t i = 0; edgert_session_input(session, i, &port) == EDGERT_OK; ++i) {
    if (port.size > kMaxPort) return EDGERT_ERROR_MEMORY;
    std::vector<float> values(port.size / 4 + 1);
    for (size_t k = 0; k < values.size(); ++k) values[k] = static_cast<float>(k);
    buffers.emplace_back(reinterpret_cast<uint8_t*>(values.data()), port.size);
    inputs.push_back(buffers.back().data());
  }
  for (int32_t i = 0; edgert_session_output(session, i, &port) == EDGERT_OK; ++i) {
    if (port.size > kMaxPort) return EDGERT_ERROR_MEMORY;
    buffers.emplace_back(std::vector<uint8_t>(port.size));
    outputs.push_back(buffers.back().data());
  }
  const edgert_status status = edgert_session_run(session, inputs.data(), outputs.data(), error);
  if (status == EDGERT_OK && result != nullptr) {
    result->resize(buffers.back().size() / 4);
    std::memcpy(result->data(), buffers.back().data(), buffers.back().size());
  }
  return status;
}

Outcome run(AlignedBytes& file, uint32_t flags, int32_t threads = 1,
            std::vector<float>* result = nullptr) {
  edgert_error error = {};
  edgert_model* model = nullptr;
  edgert_session* session = nullptr;
  edgert_status status = edgert_model_from_memory(file.data(), file.size(), flags, &model, &error);
  if (status == EDGERT_OK) status = edgert_session_create(model, 0, threads, &session, &error);
  if (status == EDGERT_OK) status = run_session(session, result, &error);
  edgert_session_destroy(session);
  edgert_model_close(model);
  return {status, error.message};
}

Outcome run(const std::vector<uint8_t>& bytes, uint32_t flags = EDGERT_LOAD_DEFAULT) {
  AlignedBytes file(bytes);
  return run(file, flags);
}

TEST_CASE("a bundle runs and gives the same on any number of threads") {
  AlignedBytes file(build(small_spec()));
  for (int32_t threads : {1, 2, 4}) {
    std::vector<float> y;
    const Outcome outcome = run(file, EDGERT_LOAD_DEFAULT, threads, &y);
    REQUIRE_MESSAGE(outcome.status == EDGERT_OK, outcome.message);
    CHECK(y == std::vector<float>{10, 22, 0, 12, 8, 20});
  }
}

TEST_CASE("what a bundle means is checked, and the message names the problem") {
  using schema::DType;
  using schema::Storage;
  struct Case {
    const char* message;
    std::function<void(BundleSpec&)> damage;
  };
  const Case cases[] = {
      {"edgert>=99.0.0", [](BundleSpec& s) { s.min_runtime = "99.0.0"; }},
      {"min_runtime", [](BundleSpec& s) { s.min_runtime = "soon"; }},
      {"format 2", [](BundleSpec& s) { s.format = 2; }},
      {"kernel nonsense version 1", [](BundleSpec& s) { s.kernels[1].name = "nonsense"; }},
      {"kernel gather version 7", [](BundleSpec& s) { s.kernels[1].version = 7; }},
      {"operator nonsense", [](BundleSpec& s) { s.operators[0].name = "nonsense"; }},
      {"operator add version 2", [](BundleSpec& s) { s.operators[0].version = 2; }},
      {"valid kernel", [](BundleSpec& s) { s.calls[0].kernel = 3; }},
      {"input 'x'", [](BundleSpec& s) { s.inputs[0].shape[0] = -1; }},
      {"output 'y'", [](BundleSpec& s) { s.outputs[0].dtype = static_cast<DType>(77); }},
      {"output 'y'", [](BundleSpec& s) { s.outputs[0].shape.resize(9, 1); }},
      {"type", [](BundleSpec& s) { s.tensors[1].dtype = static_cast<DType>(12); }},
      {"shape",
       [](BundleSpec& s) {
         s.tensors[1].shape = {6, 0};
       }},
      {"shape",
       [](BundleSpec& s) {
         s.tensors[1].shape = {-6, 2};
       }},
      {"shape", [](BundleSpec& s) { s.tensors[1].shape.resize(9, 1); }},
      {"shape", [](BundleSpec& s) { s.tensors[1].shape.assign(8, 0x7fffffff); }},
      {"strides", [](BundleSpec& s) { s.tensors[0].strides = {1}; }},
      {"storage", [](BundleSpec& s) { s.tensors[1].storage = static_cast<Storage>(5); }},
      {"storage", [](BundleSpec& s) { s.tensors[0].port = 1; }},
      {"outside",
       [](BundleSpec& s) {
         s.tensors[0].strides = {2, 6};
       }},
      {"outside",
       [](BundleSpec& s) {
         s.tensors[0].strides = {-1, 6};
       }},
      {"outside",
       [](BundleSpec& s) {
         s.tensors[0].strides = {INT64_MAX, INT64_MAX};
       }},
      {"outside",
       [](BundleSpec& s) {
         s.tensors[0].strides = {INT64_MIN, INT64_MIN};
       }},
      {"outside",
       [](BundleSpec& s) {
         s.tensors[0].strides = {INT64_MIN / 4, 6};
       }},
      {"outside", [](BundleSpec& s) { s.tensors[1].offset = 68; }},
      {"outside", [](BundleSpec& s) { s.tensors[1].offset = UINT64_MAX - 3; }},
      {"outside", [](BundleSpec& s) { s.tensors[1].offset = INT64_MAX - 3; }},
      {"outside", [](BundleSpec& s) { s.arena_size = 100; }},
      {"arena", [](BundleSpec& s) { s.arena_size = UINT64_MAX; }},
      {"outside", [](BundleSpec& s) { s.constants.pop_back(); }},
      {"outside", [](BundleSpec& s) { s.tensors[5].offset = 4; }},
      {"aligned", [](BundleSpec& s) { s.tensors[4].offset = 2; }},
      {"aligned", [](BundleSpec& s) { s.inputs[0].dtype = DType::s8; }},
      {"does not exist", [](BundleSpec& s) { s.calls[0].inputs[0] = 6; }},
      {"does not exist", [](BundleSpec& s) { s.calls[0].inputs[0] = -2; }},
      {"does not exist", [](BundleSpec& s) { s.calls[0].outputs[0] = -1; }},
      {"number of inputs", [](BundleSpec& s) { s.calls[0].inputs.resize(17); }},
      {"number of inputs", [](BundleSpec& s) { s.calls[0].outputs.resize(5); }},
      {"y is missing", [](BundleSpec& s) { s.calls[0].outputs.clear(); }},
      {"x is missing", [](BundleSpec& s) { s.calls[0].inputs.clear(); }},
      {"has 2 inputs, but takes x -> y",
       [](BundleSpec& s) {
         s.calls[0].inputs = {0, 0};
       }},
      {"input or a constant", [](BundleSpec& s) { s.calls[0].outputs[0] = 0; }},
      {"input or a constant", [](BundleSpec& s) { s.calls[0].outputs[0] = 3; }},
      {"unwritten", [](BundleSpec& s) { s.calls.pop_back(); }},
      {"call 'node' (strided_copy)", [](BundleSpec& s) { s.calls[0].inputs[0] = -1; }},
      {"call 'node' (strided_copy)",
       [](BundleSpec& s) {
         s.tensors[1].shape = {2, 6};
       }},
      {"newer edgert",
       [](BundleSpec& s) {
         s.calls[0].params = {0, 0, 0, 1};
       }},
      {"operator", [](BundleSpec& s) { s.calls[2].instructions[0] = {1, 0, 0, 0, 0, 0.0f, 0.0f}; }},
      {"register",
       [](BundleSpec& s) { s.calls[2].instructions[0] = {0, 16, 0, 0, 0, 0.0f, 0.0f}; }},
      {"register",
       [](BundleSpec& s) { s.calls[2].instructions[0] = {0, 0, 0, 0, 16, 0.0f, 0.0f}; }},
      {"instructions", [](BundleSpec& s) { s.calls[2].instructions.resize(2000); }},
  };
  for (const Case& c : cases) {
    BundleSpec spec = small_spec();
    c.damage(spec);
    const Outcome outcome = run(build(spec));
    CAPTURE(c.message);
    CAPTURE(outcome.message);
    CHECK(outcome.status == EDGERT_ERROR_BUNDLE);
    CHECK(outcome.message.find(c.message) != std::string::npos);
  }
}

TEST_CASE("constants that are f16 in the bundle are floats for kernels") {
  AlignedBytes file(build(halves_spec()));
  edgert_error error = {};
  edgert_model* model = nullptr;
  edgert_session* session = nullptr;
  REQUIRE(edgert_model_from_memory(file.data(), file.size(), 0, &model, &error) == EDGERT_OK);
  REQUIRE(edgert_session_create(model, 0, 1, &session, &error) == EDGERT_OK);
  edgert_tensor tensor;
  REQUIRE(edgert_session_tensor(session, 0, &tensor) == EDGERT_OK);
  CHECK(reinterpret_cast<uintptr_t>(tensor.data) % 64 == 0);
  float y[2];
  void* outputs[] = {y};
  REQUIRE(edgert_session_run(session, nullptr, outputs, &error) == EDGERT_OK);
  CHECK(y[0] == -2.5f);
  CHECK(y[1] == 0x1p-24f);
  edgert_session_destroy(session);
  edgert_model_close(model);
}

TEST_CASE("f16 elements that lie outside of the constants are refused") {
  struct Case {
    const char* message;
    void (*damage)(BundleSpec&);
  };
  const Case cases[] = {
      {"f16", [](BundleSpec& s) { s.halves_offset = 3; }},
      {"f16", [](BundleSpec& s) { s.halves_offset = 6; }},
      {"f16", [](BundleSpec& s) { s.halves_offset = UINT64_MAX - 1; }},
      {"f16", [](BundleSpec& s) { s.halves_count = 19; }},
      {"f16", [](BundleSpec& s) { s.halves_count = UINT64_MAX / 2 + 2; }},
      {"outside", [](BundleSpec& s) { s.halves_count = 17; }},
      {"outside", [](BundleSpec& s) { s.halves_count = 0; }},
      {"input or a constant", [](BundleSpec& s) { s.calls[0].outputs[0] = 0; }},
  };
  for (const Case& c : cases) {
    BundleSpec spec = halves_spec();
    c.damage(spec);
    const Outcome outcome = run(build(spec));
    CAPTURE(outcome.message);
    CHECK(outcome.status == EDGERT_ERROR_BUNDLE);
    CHECK(outcome.message.find(c.message) != std::string::npos);
  }
}

TEST_CASE("a tail of zero parameters from a newer compiler is accepted") {
  BundleSpec spec = small_spec();
  spec.calls[0].params = {0, 0, 0, 0};
  CHECK(run(build(spec)).status == EDGERT_OK);
}

TEST_CASE("an index out of range is a run-time error") {
  BundleSpec spec = small_spec();
  spec.constants[0] = 6;
  CHECK(run(build(spec)).status == EDGERT_ERROR_RUNTIME);
}

TEST_CASE("a bundle that is cut off anywhere is refused") {
  const std::vector<uint8_t> whole = build(small_spec());
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::vector<uint8_t> part(whole.begin(), whole.begin() + static_cast<long>(size));
    CHECK(run(part).status == EDGERT_ERROR_BUNDLE);
    CHECK(run(part, EDGERT_LOAD_SKIP_CHECKSUM).status == EDGERT_ERROR_BUNDLE);
  }
}

TEST_CASE("the checksum finds every flipped byte; without it, none makes the core misbehave") {
  const std::vector<uint8_t> whole = build(small_spec());
  for (size_t at = 0; at < whole.size(); ++at) {
    for (int bits : {0xff, 0x01, 0x80}) {
      std::vector<uint8_t> damaged = whole;
      damaged[at] = static_cast<uint8_t>(damaged[at] ^ bits);
      CHECK(run(damaged).status == EDGERT_ERROR_BUNDLE);
      (void)run(damaged, EDGERT_LOAD_SKIP_CHECKSUM);
    }
  }
}

TEST_CASE("random damage does not make the core misbehave") {
  const std::vector<uint8_t> whole = build(small_spec());
  const int interesting[] = {0, 1, 2, 4, 8, 0x10, 0x40, 0x7f, 0x80, 0xfe, 0xff};
  Random random(11);
  for (int i = 0; i < 20000; ++i) {
    std::vector<uint8_t> damaged = whole;
    for (int k = random.integer(1, 8); k > 0; --k) {
      const auto at = static_cast<size_t>(random.integer(8, static_cast<int>(whole.size()) - 17));
      damaged[at] = static_cast<uint8_t>(
          random.integer(0, 2) == 0 ? random.integer(0, 255) : interesting[random.integer(0, 10)]);
    }
    (void)run(damaged, EDGERT_LOAD_SKIP_CHECKSUM);
  }
}

TEST_CASE("garbage is no bundle") {
  Random random(5);
  for (int size : {0, 1, 7, 8, 15, 16, 64, 1000}) {
    std::vector<uint8_t> garbage(static_cast<size_t>(size));
    for (auto& byte : garbage) byte = static_cast<uint8_t>(random.bits());
    CHECK(run(garbage, EDGERT_LOAD_SKIP_CHECKSUM).status == EDGERT_ERROR_BUNDLE);
    if (size >= 8) std::memcpy(&garbage[4], "EDGR", 4);
    CHECK(run(garbage, EDGERT_LOAD_SKIP_CHECKSUM).status == EDGERT_ERROR_BUNDLE);
  }
}

int allocations_left = 0;

TEST_CASE("each allocation that fails is an error and leaks nothing") {
  const auto allocations = [](const BundleSpec& spec) {
    AlignedBytes file(build(spec));
    for (int failed = 0;; ++failed) {
      allocations_left = failed;
      allocate = [](size_t count, size_t size) {
        return allocations_left-- > 0 ? std::calloc(count, size) : nullptr;
      };
      const Outcome outcome = run(file, EDGERT_LOAD_DEFAULT, 2);
      allocate = std::calloc;
      if (outcome.status == EDGERT_OK) return failed;
      CHECK(outcome.status == EDGERT_ERROR_MEMORY);
      CHECK(outcome.message.find("bytes") != std::string::npos);
    }
  };
  CHECK(allocations(small_spec()) == 3);   // model, session, arena
  CHECK(allocations(halves_spec()) == 4);  // and widened constants
}

TEST_CASE("running allocates nothing") {
  AlignedBytes file(build(small_spec()));
  edgert_error error = {};
  edgert_model* model = nullptr;
  edgert_session* session = nullptr;
  REQUIRE(edgert_model_from_memory(file.data(), file.size(), 0, &model, &error) == EDGERT_OK);
  REQUIRE(edgert_session_create(model, 0, 2, &session, &error) == EDGERT_OK);
  allocate = [](size_t, size_t) -> void* { return nullptr; };
  float x[12] = {}, y[6];
  const void* inputs[] = {x};
  void* outputs[] = {y};
  CHECK(edgert_session_run(session, inputs, outputs, &error) == EDGERT_OK);
  allocate = std::calloc;
  edgert_session_destroy(session);
  edgert_model_close(model);
}

TEST_CASE("wrong arguments of the caller are input errors") {
  AlignedBytes file(build(small_spec()));
  edgert_error error = {};
  edgert_model* model = nullptr;
  edgert_session* session = nullptr;
  CHECK(edgert_model_from_memory(file.data() + 8, 100, 0, &model, &error) == EDGERT_ERROR_INPUT);
  CHECK(edgert_model_open(nullptr, 0, &model, &error) == EDGERT_ERROR_INPUT);
  CHECK(edgert_model_open("/no/such/file", 0, &model, nullptr) == EDGERT_ERROR_SYSTEM);
  REQUIRE(edgert_model_from_memory(file.data(), file.size(), 0, &model, &error) == EDGERT_OK);
  CHECK(edgert_session_create(model, 1, 1, &session, &error) == EDGERT_ERROR_INPUT);
  CHECK(edgert_session_create(model, -2, 1, &session, &error) == EDGERT_ERROR_INPUT);
  CHECK(edgert_session_create(model, 0, 100000, &session, &error) == EDGERT_ERROR_INPUT);
  REQUIRE(edgert_session_create(model, 0, 1, &session, &error) == EDGERT_OK);
  edgert_port port;
  edgert_tensor tensor;
  CHECK(edgert_session_input(session, 1, &port) == EDGERT_ERROR_INPUT);
  CHECK(edgert_session_output(session, -1, &port) == EDGERT_ERROR_INPUT);
  CHECK(edgert_session_tensor(session, 6, &tensor) == EDGERT_ERROR_INPUT);
  CHECK(edgert_session_call_name(session, 3) == nullptr);
  CHECK(edgert_model_label(model, 0) == nullptr);
  CHECK(edgert_model_metadata(model, "nothing") == nullptr);
  alignas(8) char x[52] = {};
  float y[6];
  void* outputs[] = {y};
  for (const void* bad : {static_cast<const void*>(nullptr), static_cast<const void*>(x + 1)}) {
    const void* inputs[] = {bad};
    CHECK(edgert_session_run(session, inputs, outputs, &error) == EDGERT_ERROR_INPUT);
    CHECK(std::string(error.message).find("'x'") != std::string::npos);
  }
  CHECK(edgert_session_run(session, nullptr, outputs, nullptr) == EDGERT_ERROR_INPUT);
  edgert_session_destroy(session);
  edgert_model_close(model);
}

TEST_CASE("a profile has the time of every call") {
  AlignedBytes file(build(small_spec()));
  edgert_error error = {};
  edgert_model* model = nullptr;
  edgert_session* session = nullptr;
  REQUIRE(edgert_model_from_memory(file.data(), file.size(), 0, &model, &error) == EDGERT_OK);
  REQUIRE(edgert_session_create(model, 0, 1, &session, &error) == EDGERT_OK);
  REQUIRE(edgert_session_calls(session) == 3);
  CHECK(std::string(edgert_session_call_kernel(session, 1)) == "gather");
  CHECK(std::string(edgert_session_call_name(session, 1)) == "node");
  uint64_t nanoseconds[3] = {};
  edgert_session_profile(session, nanoseconds);
  float x[12] = {}, y[6];
  const void* inputs[] = {x};
  void* outputs[] = {y};
  REQUIRE(edgert_session_run(session, inputs, outputs, &error) == EDGERT_OK);
  for (uint64_t time : nanoseconds) CHECK(time > 0);
  edgert_session_profile(session, nullptr);
  nanoseconds[0] = 0;
  REQUIRE(edgert_session_run(session, inputs, outputs, &error) == EDGERT_OK);
  CHECK(nanoseconds[0] == 0);
  edgert_session_destroy(session);
  edgert_model_close(model);
}

}  // namespace
}  // namespace edgert::testing
