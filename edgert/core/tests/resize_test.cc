// resize2d against the double sum over its taps.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "tests/kernel_call.h"

namespace edgert {
namespace {

using testing::Random;
using testing::TestCall;
using testing::TestTensor;

struct Axis {
  TestTensor<int32_t> index;
  TestTensor<float> weight;

  // Random taps whose weights are multiples of 1/64 and sum to 1: sums are exact in float.
  Axis(Random& random, int outputs, int inputs, int taps)
      : index({outputs, taps}), weight({outputs, taps}) {
    index.randomize([&] { return random.integer(0, inputs - 1); });
    for (int o = 0; o < outputs; ++o) {
      float rest = 1;
      for (int t = 0; t < taps; ++t) {
        const float w = t + 1 == taps ? rest : static_cast<float>(random.integer(-16, 64)) / 64;
        weight[int64_t{o} * taps + t] = w;
        rest -= w;
      }
    }
    index.mark_constant();
    weight.mark_constant();
  }
};

TestCall resize(Tensor* x, Axis& h, Axis& w, Tensor* y) {
  TestCall call("resize2d");
  call.input(x).input(&h.index).input(&h.weight).input(&w.index).input(&w.weight).output(y);
  return call;
}

template <typename T>
void check_resize(int taps_h, int taps_w, int channels, int gap) {
  Random random(1);
  const int h = 6, w = 9, out_h = 11, out_w = 5;
  const int64_t pixel = channels + gap;
  TestTensor<T> x({2, h, w, channels}, {pixel * w * h, pixel * w, pixel, 1});
  TestTensor<T> y({2, out_h, out_w, channels}, {pixel * out_w * out_h, pixel * out_w, pixel, 1});
  x.randomize(
      [&] { return std::is_signed_v<T> ? random.integer(-128, 127) : random.integer(0, 255); });
  Axis rows(random, out_h, h, taps_h), columns(random, out_w, w, taps_w);
  resize(&x, rows, columns, &y).prepare_and_run(gap != 0);
  bool equal = true;
  int64_t at = 0;
  for (int n = 0; n < 2; ++n) {
    for (int oh = 0; oh < out_h; ++oh) {
      for (int ow = 0; ow < out_w; ++ow) {
        for (int c = 0; c < channels; ++c, ++at) {
          double sum = 0;
          for (int i = 0; i < taps_h; ++i) {
            for (int j = 0; j < taps_w; ++j) {
              const int r = rows.index[int64_t{oh} * taps_h + i],
                        k = columns.index[int64_t{ow} * taps_w + j];
              const double weight = static_cast<double>(rows.weight[int64_t{oh} * taps_h + i]) *
                                    static_cast<double>(columns.weight[int64_t{ow} * taps_w + j]);
              sum += weight * static_cast<double>(x[((n * int64_t{h} + r) * w + k) * channels + c]);
            }
          }
          if (std::is_same_v<T, int8_t>)
            sum = std::nearbyint(std::min(127.0, std::max(-128.0, sum)));
          if (std::is_same_v<T, uint8_t>) sum = std::nearbyint(std::min(255.0, std::max(0.0, sum)));
          equal = equal && static_cast<double>(y[at]) == sum;
        }
      }
    }
  }
  CHECK_MESSAGE(equal, taps_h, " x ", taps_w, ", ", channels, " channels");
  CHECK(y.untouched());
}

}  // namespace

TEST_CASE("resize2d sums its taps") {
  for (int taps_h : {1, 2, 4}) {
    for (int taps_w : {1, 2, 4}) {
      for (int channels : {1, 3, 70}) {
        check_resize<float>(taps_h, taps_w, channels, channels % 2);
        check_resize<int8_t>(taps_h, taps_w, channels, 0);
        check_resize<uint8_t>(taps_h, taps_w, channels, 2);
      }
    }
  }
}

TEST_CASE("resize2d refuses damaged calls") {
  Random random(2);
  TestTensor<float> x({1, 4, 4, 3}), y({1, 8, 8, 3}), wrong({1, 8, 7, 3});
  Axis h(random, 8, 4, 2), w(random, 8, 4, 2);
  CHECK(resize(&x, h, w, &y).prepare() == Status::kOk);
  CHECK(resize(&x, h, w, &wrong).prepare() == Status::kBundle);
  h.index[3] = 4;
  CHECK(resize(&x, h, w, &y).prepare() == Status::kBundle);
  h.index[3] = -1;
  CHECK(resize(&x, h, w, &y).prepare() == Status::kBundle);
  h.index[3] = 3;
  w.index.tensor().constant = false;
  CHECK(resize(&x, h, w, &y).prepare() == Status::kBundle);
  w.index.mark_constant();
  w.weight.tensor().dims[1] = 1;
  CHECK(resize(&x, h, w, &y).prepare() == Status::kBundle);
}

}  // namespace edgert
