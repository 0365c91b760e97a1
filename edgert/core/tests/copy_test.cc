// Copy kernels against one element at a time.
#include <numeric>

#include "kernels/copy/strided.h"
#include "tests/kernel_call.h"

namespace edgert::testing {
namespace {

// Strides of a view whose dims lie in memory in the order `order`, with gaps and reversed dims.
std::vector<int64_t> view_strides(Random& random, const std::vector<int>& dims, bool gaps) {
  std::vector<size_t> order(dims.size());
  std::iota(order.begin(), order.end(), 0);
  for (size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[static_cast<size_t>(random.integer(0, static_cast<int>(i) - 1))]);
  }
  std::vector<int64_t> strides(dims.size());
  int64_t step = 1;
  for (size_t i : order) {
    strides[i] = gaps && random.integer(0, 3) == 0 ? -step : step;
    step *= dims[i] + (gaps ? random.integer(0, 2) : 0);
  }
  return strides;
}

template <typename T>
void check_copy(TestTensor<T>& x, TestTensor<T>& y) {
  Random random(1);
  x.randomize([&] { return random.bits(); });
  TestCall call("strided_copy");
  call.input(&x).output(&y).prepare_and_run(/*split=*/true);
  CHECK(x.values() == y.values());
  CHECK(y.untouched());
  y.randomize([] { return 0; });
  REQUIRE(call.run() == Status::kOk);
  CHECK(x.values() == y.values());
}

TEST_CASE_TEMPLATE("strided_copy of random views", T, int8_t, uint16_t, float, int64_t) {
  Random random(7);
  for (int i = 0; i < 300; ++i) {
    std::vector<int> dims(static_cast<size_t>(random.integer(0, 5)));
    for (int& dim : dims) dim = random.integer(1, i % 10 == 0 ? 40 : 9);
    CAPTURE(i);
    auto x_strides = view_strides(random, dims, i % 2 == 0);
    for (auto& stride : x_strides) stride = random.integer(0, 9) == 0 ? 0 : stride;
    TestTensor<T> x(dims, x_strides);
    TestTensor<T> y(dims, view_strides(random, dims, i % 3 == 0));
    check_copy(x, y);
  }
}

TEST_CASE_TEMPLATE("strided_copy between channels first and last", T, int8_t, uint16_t, float,
                   int64_t) {
  for (int channels : {1, 2, 3, 4, 15, 16, 17, 32, 67}) {
    for (int pixels : {1, 7, 16, 35, 256, 1601}) {
      CAPTURE(channels);
      CAPTURE(pixels);
      const std::vector<int> dims = {2, channels, pixels};
      const std::vector<int64_t> last = {channels * pixels, 1, channels};
      TestTensor<T> planar(dims), interleaved(dims, last), planar_again(dims);
      check_copy(planar, interleaved);
      check_copy(interleaved, planar_again);
      CHECK(planar.values() == planar_again.values());
    }
  }
}

TEST_CASE("strided_copy of a large contiguous tensor is split into tiles") {
  TestTensor<int8_t> x({1, 1000003}), y({1, 1000003});
  check_copy(x, y);
  CHECK(StridedCopy(x.tensor(), y.tensor()).tiles() > 8);
}

TEST_CASE("a strided_copy that transposes is split along its longer side") {
  TestTensor<float> planar({8, 100000}), interleaved({8, 100000}, {1, 8});
  check_copy(planar, interleaved);
  check_copy(interleaved, planar);
  CHECK(StridedCopy(planar.tensor(), interleaved.tensor()).tiles() > 8);
  CHECK(StridedCopy(interleaved.tensor(), planar.tensor()).tiles() > 8);
}

TEST_CASE("a small strided_copy is one tile") {
  TestTensor<float> x({8, 16}), y({8, 16}, {1, 8});
  CHECK(StridedCopy(x.tensor(), y.tensor()).tiles() == 1);
}

TEST_CASE("strided_copy refuses operands that do not fit") {
  TestTensor<float> x({2, 3}), other_dims({3, 2}), overlapping({2, 3}, {0, 1});
  TestTensor<int32_t> other_type({2, 3});
  CHECK(TestCall("strided_copy").input(&x).output(&other_dims).prepare() == Status::kBundle);
  CHECK(TestCall("strided_copy").input(&x).output(&overlapping).prepare() == Status::kBundle);
  CHECK(TestCall("strided_copy").input(&x).output(&other_type).prepare() == Status::kBundle);
  CHECK(TestCall("strided_copy").input(nullptr).output(&x).prepare() == Status::kBundle);
  CHECK(TestCall("strided_copy").output(&x).prepare() == Status::kBundle);
}

template <typename T>
void check_fill(T value, std::vector<int> dims, std::vector<int64_t> strides) {
  TestTensor<T> y(dims, strides);
  int64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(value));
  TestCall call("fill");
  call.output(&y).set("value_bits", static_cast<int32_t>(bits), 0);
  call.set("value_bits", static_cast<int32_t>(bits >> 32), 1);
  call.prepare_and_run(/*split=*/true);
  CHECK(y.values() == std::vector<T>(static_cast<size_t>(y.size()), value));
  CHECK(y.untouched());
}

TEST_CASE("fill") {
  check_fill<int8_t>(-128, {3, 5, 7}, {35, 7, 1});
  check_fill<float>(1.5f, {3, 5, 7}, {70, 14, 2});
  check_fill<int64_t>(int64_t{-3} * (int64_t{1} << 40), {4, 6}, {1, 4});
  check_fill<uint16_t>(0x3c00, {}, {});
  check_fill<float>(-0.25f, {300, 301}, {301, 1});
}

template <typename Index>
void check_gather(int outer, int axis, int inner, const std::vector<Index>& indices) {
  Random random(3);
  const int n = static_cast<int>(indices.size());
  TestTensor<float> data({outer, axis, inner}), y({outer, n, inner});
  auto index = TestTensor<Index>::of({n}, indices);
  data.randomize([&] { return random.integer(-99, 99); });
  TestCall call("gather");
  call.input(&data).input(&index).output(&y).prepare_and_run(/*split=*/true);
  for (int o = 0; o < outer; ++o) {
    for (int i = 0; i < n; ++i) {
      const Index at = indices[static_cast<size_t>(i)];
      const int64_t from = at < 0 ? at + axis : at;
      for (int k = 0; k < inner; ++k) {
        CHECK(y[(o * n + i) * inner + k] == data[(o * axis + from) * inner + k]);
      }
    }
  }
}

TEST_CASE("gather") {
  check_gather<int32_t>(3, 5, 7, {4, 0, -1, -5, 2, 2});
  check_gather<int64_t>(1, 1, 1, {0});
  check_gather<int64_t>(2, 300, 500, {299, 1, -300});
}

TEST_CASE("gather of an index out of range is a run-time error that names it") {
  TestTensor<float> data({2, 5, 3}), y({2, 2, 3});
  for (int64_t bad : {int64_t{5}, int64_t{-6}, INT64_MIN, INT64_MAX}) {
    auto index = TestTensor<int64_t>::of({2}, {0, bad});
    TestCall call("gather");
    call.input(&data).input(&index).output(&y);
    REQUIRE(call.prepare() == Status::kOk);
    CHECK(call.run() == Status::kRuntime);
    CHECK(std::string(call.message()).find(std::to_string(bad)) != std::string::npos);
  }
}

}  // namespace
}  // namespace edgert::testing
