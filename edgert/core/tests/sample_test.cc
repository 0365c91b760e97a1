// sample against the plain double sum, and what it refuses.
#include <doctest/doctest.h>

#include <limits>

#include "tests/kernel_call.h"

namespace edgert {
namespace {

using testing::Random;
using testing::TestCall;
using testing::TestTensor;

template <typename Index>
struct Points {
  TestTensor<Index> index;
  TestTensor<float> weight;

  // Weights are multiples of 1/64, some of them 0: sums of small integers are exact in float.
  Points(Random& random, int points, int taps, int rows)
      : index({points, taps}, {1, points}), weight({points, taps}, {taps + 1, 1}) {
    index.randomize([&] { return random.integer(0, rows - 1); });
    weight.randomize([&] { return static_cast<float>(random.integer(-64, 64) / 2 * 2) / 64; });
  }
};

template <typename Index>
TestCall sample(TestTensor<float>& x, Points<Index>& points, TestTensor<float>& y) {
  TestCall call("sample");
  call.input(&x).input(&points.index).input(&points.weight).output(&y);
  return call;
}

template <typename Index>
void check_sample(int points, int taps, int channels, int gap) {
  Random random(3);
  const int rows = 23;
  TestTensor<float> x({rows, channels}, {channels + gap, 1});
  TestTensor<float> y({points, channels}, {channels + gap, 1});
  x.randomize([&] { return random.integer(-9, 9); });
  Points<Index> at(random, points, taps, rows);
  sample(x, at, y).prepare_and_run(gap != 0);
  bool equal = true;
  for (int64_t p = 0; p < points; ++p) {
    for (int64_t c = 0; c < channels; ++c) {
      double sum = 0;
      for (int64_t t = 0; t < taps; ++t) {
        const int64_t row = at.index[p * taps + t];
        sum += static_cast<double>(at.weight[p * taps + t]) *
               static_cast<double>(x[row * channels + c]);
      }
      equal = equal && static_cast<double>(y[p * channels + c]) == sum;
    }
  }
  CHECK_MESSAGE(equal, points, " points, ", taps, " taps, ", channels, " channels");
  CHECK(y.untouched());
}

}  // namespace

TEST_CASE("sample sums weighted rows") {
  for (int taps : {1, 4, 16}) {
    for (int channels : {1, 3, 32, 71}) {
      check_sample<int32_t>(300, taps, channels, channels % 2);
      check_sample<int64_t>(7, taps, channels, 2);
    }
  }
}

TEST_CASE("sample does not read rows of weight zero") {
  TestTensor<float> x({2, 1}), y({1, 1});
  x[0] = std::numeric_limits<float>::infinity();
  x[1] = 3;
  Random random(1);
  Points<int32_t> at(random, 1, 2, 2);
  at.index[0] = 0;
  at.index[1] = 1;
  at.weight[0] = 0;
  at.weight[1] = 1;
  sample(x, at, y).prepare_and_run();
  CHECK(y[0] == 3);
}

TEST_CASE("sample refuses indices out of range and damaged calls") {
  Random random(2);
  TestTensor<float> x({5, 3}), y({4, 3}), wrong({4, 2});
  TestTensor<uint8_t> bytes({5, 3});
  Points<int64_t> at(random, 4, 2, 5);
  for (int64_t index : {int64_t{-1}, int64_t{5}, int64_t{1} << 40}) {
    at.index[3] = index;
    TestCall call = sample(x, at, y);
    REQUIRE(call.prepare() == Status::kOk);
    CHECK(call.run() == Status::kRuntime);
  }
  at.index[3] = 0;
  CHECK(sample(x, at, wrong).prepare() == Status::kBundle);
  CHECK(sample(y, at, x).prepare() == Status::kBundle);
  Points<int64_t> fewer(random, 4, 1, 5);
  TestCall mixed("sample");
  mixed.input(&x).input(&at.index).input(&fewer.weight).output(&y);
  CHECK(mixed.prepare() == Status::kBundle);
  TestCall types("sample");
  types.input(&bytes).input(&at.index).input(&at.weight).output(&y);
  CHECK(types.prepare() == Status::kBundle);
  TestCall missing("sample");
  missing.input(&x).input(&at.index).output(&y);
  CHECK(missing.prepare() == Status::kBundle);
}

}  // namespace edgert
