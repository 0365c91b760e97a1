// Control flow: which calls run, how often, and what of it a bundle may say.
#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "tests/bundle_builder.h"
#include "tests/kernel_call.h"

namespace edgert::testing {
namespace {

std::vector<uint8_t> int32s(const std::vector<int32_t>& values) {
  std::vector<uint8_t> bytes(values.size() * 4);
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

// fill y with 0; loop 5 times while `go`: if `upward`, y[i] = i, else y[i] = 77.
// Inputs go, upward (bool8[1]), output y (s64[5]).
BundleSpec loop_spec() {
  using schema::DType;
  using schema::Storage;
  BundleSpec spec;
  spec.kernels = {{"fill"}, {"loop"}, {"if"}, {"insert"}};
  spec.inputs = {{"go", {1}, DType::bool8}, {"upward", {1}, DType::bool8}};
  spec.outputs = {{"y", {5}, DType::s64}};
  spec.arena_size = 64;
  spec.constants.resize(16);
  const int64_t constants[] = {5, 77};
  std::memcpy(spec.constants.data(), constants, 16);
  spec.tensors = {
      {Storage::Output, {1, 5, 1}, 0, {}, DType::s64},    // 0: y
      {Storage::Constant, {1}, 0, {}, DType::s64},        // 1: 5
      {Storage::Input, {1}, 0, {}, DType::bool8, 0},      // 2: go
      {Storage::Input, {1}, 0, {}, DType::bool8, 1},      // 3: upward
      {Storage::Arena, {1}, 0, {}, DType::s64},           // 4: number of the iteration
      {Storage::Arena, {1, 1, 1}, 0, {}, DType::s64},     // 5: the same
      {Storage::Constant, {1, 1, 1}, 8, {}, DType::s64},  // 6: 77
  };
  spec.calls = {
      {0, {}, {0}, int32s({0, 0})},   //
      {1, {1, 2}, {4}, int32s({3})},  //
      {2, {3}, {}, int32s({1, 1})},   //
      {3, {5, 4}, {0}},               //
      {3, {6, 4}, {0}},               //
  };
  return spec;
}

struct Outcome {
  edgert_status status;
  std::string message;
  std::vector<int64_t> y;
  std::vector<uint64_t> profile;
};

Outcome run(const BundleSpec& spec, bool go = true, bool upward = true, int32_t threads = 1) {
  AlignedBytes file(build(spec));
  edgert_error error = {};
  edgert_model* model = nullptr;
  edgert_session* session = nullptr;
  Outcome outcome;
  outcome.y.assign(5, -1);
  outcome.profile.assign(spec.calls.size(), 99);
  outcome.status = edgert_model_from_memory(file.data(), file.size(), 0, &model, &error);
  if (outcome.status == EDGERT_OK) {
    outcome.status = edgert_session_create(model, 0, threads, &session, &error);
  }
  if (outcome.status == EDGERT_OK) {
    const void* inputs[] = {&go, &upward};
    void* outputs[] = {outcome.y.data()};
    edgert_session_profile(session, outcome.profile.data());
    outcome.status = edgert_session_run(session, inputs, outputs, &error);
  }
  outcome.message = error.message;
  edgert_session_destroy(session);
  edgert_model_close(model);
  return outcome;
}

TEST_CASE("a loop runs its body as often as it says, and one branch of an if in it") {
  for (int32_t threads : {1, 2}) {
    CHECK(run(loop_spec(), true, true, threads).y == std::vector<int64_t>{0, 1, 2, 3, 4});
    CHECK(run(loop_spec(), true, false, threads).y == std::vector<int64_t>(5, 77));
    CHECK(run(loop_spec(), false, true, threads).y == std::vector<int64_t>(5, 0));
  }
}

TEST_CASE("a profile adds up the iterations and has no time for what did not run") {
  const Outcome outcome = run(loop_spec(), true, true);
  CHECK(outcome.profile[3] > 0);
  CHECK(outcome.profile[4] == 0);
}

TEST_CASE("a trip count that is not positive is none") {
  for (int64_t trips : {int64_t{0}, int64_t{-3}, INT64_MIN}) {
    BundleSpec spec = loop_spec();
    std::memcpy(spec.constants.data(), &trips, sizeof(trips));
    CHECK(run(spec).y == std::vector<int64_t>(5, 0));
  }
}

TEST_CASE("a loop that does not end is a run-time error") {
  BundleSpec spec = loop_spec();
  const int64_t trips = INT64_MAX;
  std::memcpy(spec.constants.data(), &trips, sizeof(trips));
  spec.calls[1].params = int32s({0});
  spec.calls.resize(2);
  const Outcome outcome = run(spec);
  CHECK(outcome.status == EDGERT_ERROR_RUNTIME);
  CHECK(outcome.message.find("has not ended after 1048576 iterations") != std::string::npos);
}

TEST_CASE("an entry outside of the stack is a run-time error") {
  BundleSpec spec = loop_spec();
  spec.constants[0] = 6;
  const Outcome outcome = run(spec);
  CHECK(outcome.status == EDGERT_ERROR_RUNTIME);
  CHECK(outcome.message.find("index 5 is out of range for 5 entries") != std::string::npos);
}

void check_refused(const std::function<void(BundleSpec&)>& change, const std::string& problem) {
  BundleSpec spec = loop_spec();
  change(spec);
  const Outcome outcome = run(spec);
  CHECK(outcome.status == EDGERT_ERROR_BUNDLE);
  CHECK_MESSAGE(outcome.message.find(problem) != std::string::npos, outcome.message);
}

TEST_CASE("bodies lie within each other and within the program") {
  for (int32_t size : {-1, 4, INT32_MAX, INT32_MIN}) {
    check_refused([&](BundleSpec& s) { s.calls[1].params = int32s({size}); }, "the bodies of call");
    check_refused(
        [&](BundleSpec& s) {
          s.calls[2].params = int32s({size, 1});
        },
        "the bodies of call");
    check_refused(
        [&](BundleSpec& s) {
          s.calls[2].params = int32s({1, size});
        },
        "the bodies of call");
  }
  // The loop ends between the branches of the if.
  check_refused([](BundleSpec& s) { s.calls[1].params = int32s({2}); }, "the bodies of call");
  check_refused(
      [](BundleSpec& s) {
        s.calls[2].params = int32s({INT32_MAX, INT32_MAX});
      },
      "the bodies of call");
}

TEST_CASE("an if inside of the first branch of an if does not reach into the second") {
  BundleSpec spec = loop_spec();
  const CallSpec nested = {2, {3}, {}, int32s({1, 0})};
  spec.calls[1].params = int32s({4});
  spec.calls[2].params = int32s({2, 1});
  spec.calls.insert(spec.calls.begin() + 3, nested);
  CHECK(run(spec).y == std::vector<int64_t>{0, 1, 2, 3, 4});
  spec.calls[3].params = int32s({1, 1});
  CHECK(run(spec).status == EDGERT_ERROR_BUNDLE);
}

TEST_CASE("bodies nest only so deep") {
  const auto nested = [](int depth) {
    BundleSpec spec = loop_spec();
    spec.calls.resize(1);
    for (int i = depth; i > 0; --i) spec.calls.push_back({1, {1, 2}, {4}, int32s({i - 1})});
    return spec;
  };
  CHECK(run(nested(16), false).status == EDGERT_OK);
  CHECK(run(nested(17), false).status == EDGERT_ERROR_BUNDLE);
  CHECK(run(nested(100000), false).status == EDGERT_ERROR_BUNDLE);
}

TEST_CASE("operands of control flow are checked") {
  check_refused([](BundleSpec& s) { s.calls[1].inputs = {}; }, "trip_count is missing");
  check_refused([](BundleSpec& s) { s.calls[1].inputs = {-1, 2}; }, "trip_count is missing");
  check_refused([](BundleSpec& s) { s.calls[1].outputs = {}; }, "number is missing");
  check_refused([](BundleSpec& s) { s.calls[1].inputs = {2}; }, "is not one int64");
  check_refused([](BundleSpec& s) { s.calls[1].inputs = {1, 4}; }, "is not one truth value");
  check_refused([](BundleSpec& s) { s.calls[2].inputs = {4}; }, "is not one truth value");
  check_refused([](BundleSpec& s) { s.calls[2].inputs = {}; }, "condition is missing");
  check_refused([](BundleSpec& s) { s.calls[2].outputs = {4}; },
                "has 1 outputs, but takes condition ->");
  check_refused([](BundleSpec& s) { s.calls[3].inputs = {5}; }, "index is missing");
  check_refused([](BundleSpec& s) { s.calls[3].inputs = {4, 4}; }, "not one entry");
  check_refused([](BundleSpec& s) { s.calls[3].inputs = {5, 2}; }, "not one int64");
  check_refused([](BundleSpec& s) { s.calls[0].outputs = {}; }, "y is missing");
}

TEST_CASE("insert writes one entry of a strided tensor and nothing else") {
  Random random(5);
  TestTensor<float> x({3, 1, 50}), y({3, 4, 50}, {1, 150, 3});
  auto index = TestTensor<int64_t>::of({1}, {2});
  x.randomize([&] { return random.integer(-99, 99); });
  y.randomize([] { return 7; });
  TestCall call("insert");
  call.input(&x).input(&index).output(&y).prepare_and_run(/*split=*/true);
  for (int64_t i = 0; i < y.size(); ++i) {
    const int64_t outer = i / 200, entry = i / 50 % 4;
    CHECK(y[i] == (entry == 2 ? x[outer * 50 + i % 50] : 7));
  }
  CHECK(y.untouched());
}

}  // namespace
}  // namespace edgert::testing
