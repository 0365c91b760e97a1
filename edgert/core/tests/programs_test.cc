// Several programs over one arena, and states that outlive a run.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <string>

#include "tests/bundle_builder.h"

namespace edgert::testing {
namespace {

using schema::Storage;

// y = x + s, and s becomes y: sums up its inputs. s lies at the start of the arena.
BundleSpec running_sum(const std::vector<int32_t>& shape) {
  BundleSpec spec;
  spec.kernels = {{"strided_copy"}, {"elementwise"}};
  spec.operators = {{"add"}};
  spec.inputs = {{"x", shape}};
  spec.outputs = {{"y", shape}};
  spec.tensors = {{Storage::Input, {2}},
                  {Storage::Arena, {2}, 0},
                  {Storage::Arena, {2}, 64},
                  {Storage::Output, {2}}};
  std::vector<uint8_t> params(80);  // input_scale, input_zero_point, output_scale ...
  const float scale = 1.0f, lowest = -INFINITY, highest = INFINITY;
  std::memcpy(&params[0], &scale, 4);
  std::memcpy(&params[4], &scale, 4);
  std::memcpy(&params[64], &scale, 4);
  std::memcpy(&params[72], &lowest, 4);
  std::memcpy(&params[76], &highest, 4);
  spec.calls = {{1, {0, 1}, {2}, params, {schema::Instruction(0, 0, 0, 1, 0, 0.0f, 0.0f)}},
                {0, {2}, {3}},
                {0, {2}, {1}}};
  spec.arena_size = 72;
  spec.states = {{{"s", {2}}, 0, -1}};
  return spec;
}

// Shapes [2] and [1, 2].
BundleSpec two_programs() {
  BundleSpec spec = running_sum({2});
  spec.more_programs = {running_sum({1, 2})};
  return spec;
}

struct Session {
  explicit Session(const BundleSpec& spec, int32_t program = EDGERT_ALL_PROGRAMS, int threads = 1)
      : file(build(spec)) {
    status = edgert_model_from_memory(file.data(), file.size(), 0, &model, &error);
    if (status == EDGERT_OK) {
      status = edgert_session_create(model, program, threads, &session, &error);
    }
  }
  ~Session() {
    edgert_session_destroy(session);
    edgert_model_close(model);
  }
  std::vector<float> run(float a, float b) {
    const float x[] = {a, b};
    std::vector<float> y(2);
    const void* inputs[] = {x};
    void* outputs[] = {y.data()};
    REQUIRE(edgert_session_run(session, inputs, outputs, &error) == EDGERT_OK);
    return y;
  }

  AlignedBytes file;
  edgert_error error = {};
  edgert_model* model = nullptr;
  edgert_session* session = nullptr;
  edgert_status status;
};

TEST_CASE("a session runs the selected program; programs share arena and state") {
  for (int threads : {1, 3}) {
    Session s(two_programs(), EDGERT_ALL_PROGRAMS, threads);
    REQUIRE_MESSAGE(s.status == EDGERT_OK, s.error.message);
    REQUIRE(edgert_session_programs(s.session) == 2);
    edgert_port port;
    edgert_session_input(s.session, 0, &port);
    CHECK(port.rank == 1);
    CHECK(s.run(1, 2) == std::vector<float>{1, 2});
    REQUIRE(edgert_session_select(s.session, 1) == EDGERT_OK);
    edgert_session_input(s.session, 0, &port);
    CHECK(port.rank == 2);
    CHECK(s.run(1, 1) == std::vector<float>{2, 3});
    REQUIRE(edgert_session_select(s.session, 0) == EDGERT_OK);
    CHECK(s.run(1, 1) == std::vector<float>{3, 4});
    CHECK(edgert_session_select(s.session, 2) == EDGERT_ERROR_INPUT);
    CHECK(edgert_session_select(s.session, -1) == EDGERT_ERROR_INPUT);
  }
}

TEST_CASE("the arena is that of the largest program") {
  BundleSpec spec = two_programs();
  spec.more_programs[0].arena_size = 64000;
  Session all(spec), first(spec, 0), second(spec, 1);
  CHECK(edgert_session_memory(all.session) == edgert_session_memory(second.session));
  CHECK(edgert_session_memory(first.session) < edgert_session_memory(second.session));
  CHECK(edgert_session_programs(second.session) == 1);
}

TEST_CASE("a state can be read, written and reset") {
  BundleSpec spec = running_sum({2});
  const float initial[] = {10, 20};
  spec.constants.resize(sizeof(initial));
  std::memcpy(spec.constants.data(), initial, sizeof(initial));
  spec.states[0].initial = 0;
  Session s(spec);
  REQUIRE_MESSAGE(s.status == EDGERT_OK, s.error.message);
  REQUIRE(edgert_session_states(s.session) == 1);
  edgert_port port;
  void* data;
  REQUIRE(edgert_session_state(s.session, 0, &port, &data) == EDGERT_OK);
  CHECK(edgert_session_state(s.session, 1, &port, &data) == EDGERT_ERROR_INPUT);
  CHECK(std::string(port.name) == "s");
  CHECK(port.size == 8);
  CHECK(s.run(1, 1) == std::vector<float>{11, 21});
  static_cast<float*>(data)[0] = 100;
  CHECK(s.run(1, 1) == std::vector<float>{101, 22});
  edgert_session_reset_state(s.session);
  CHECK(s.run(0, 0) == std::vector<float>{10, 20});
}

TEST_CASE("outputs without elements need no buffer") {
  BundleSpec spec = running_sum({2});
  spec.outputs.push_back({"nothing", {3, 0}});
  Session s(spec);
  REQUIRE_MESSAGE(s.status == EDGERT_OK, s.error.message);
  const float x[] = {1, 2};
  float y[2];
  const void* inputs[] = {x};
  void* outputs[] = {y, nullptr};
  CHECK(edgert_session_run(s.session, inputs, outputs, &s.error) == EDGERT_OK);
}

TEST_CASE("damage to programs and states is refused by name") {
  struct Case {
    const char* message;
    std::function<void(BundleSpec&)> damage;
  };
  const Case cases[] = {
      {"same inputs", [](BundleSpec& s) { s.more_programs[0].inputs[0].name = "z"; }},
      {"same inputs",
       [](BundleSpec& s) { s.more_programs[0].outputs[0].dtype = schema::DType::s32; }},
      {"same inputs",
       [](BundleSpec& s) {
         s.more_programs[0].outputs.push_back({"e", {0}});
       }},
      {"valid kernel", [](BundleSpec& s) { s.more_programs[0].calls[0].kernel = 7; }},
      {"state", [](BundleSpec& s) { s.states[0].offset = 128; }},
      {"state", [](BundleSpec& s) { s.states[0].offset = UINT64_MAX - 63; }},
      {"state", [](BundleSpec& s) { s.states[0].offset = 4; }},
      {"state", [](BundleSpec& s) { s.states[0].port.shape = {19}; }},
      {"state 's'", [](BundleSpec& s) { s.states[0].port.shape = {-2}; }},
      {"initial value", [](BundleSpec& s) { s.states[0].initial = 0; }},
      {"initial value", [](BundleSpec& s) { s.states[0].initial = INT64_MIN; }},
  };
  for (const Case& c : cases) {
    BundleSpec spec = two_programs();
    c.damage(spec);
    Session s(spec);
    CAPTURE(c.message);
    CAPTURE(s.error.message);
    CHECK(s.status == EDGERT_ERROR_BUNDLE);
    CHECK(std::string(s.error.message).find(c.message) != std::string::npos);
  }
}

}  // namespace
}  // namespace edgert::testing
