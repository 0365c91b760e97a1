// max_pool2d and average_pool2d against loops over the definition.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tests/kernel_call.h"

namespace edgert {
namespace {

using testing::Random;
using testing::TestCall;
using testing::TestTensor;

struct Case {
  int h, w, channels, kernel_h, kernel_w, stride, dilation, pad_begin, pad_end;

  int out(int size, int kernel) const {
    return (size + pad_begin + pad_end - dilation * (kernel - 1) - 1) / stride + 1;
  }
  int out_h() const { return out(h, kernel_h); }
  int out_w() const { return out(w, kernel_w); }
};

const std::vector<Case> kCases = {
    {7, 7, 1280, 7, 7, 1, 1, 0, 0}, {9, 8, 3, 3, 2, 2, 1, 1, 1}, {5, 6, 33, 2, 2, 1, 2, 1, 0},
    {11, 4, 257, 3, 3, 3, 1, 0, 2}, {1, 1, 5, 1, 1, 1, 1, 0, 0}, {6, 13, 64, 5, 3, 2, 1, 2, 2},
};

// Channels-last with gaps after each pixel, as parts of a Concat have.
template <typename T>
TestTensor<T> image(int n, int h, int w, int c, int gap) {
  const int64_t pixel = c + gap;
  return TestTensor<T>({n, h, w, c}, {pixel * w * h, pixel * w, pixel, 1});
}

void set_window(TestCall& call, const Case& c) {
  call.set("kernel_h", c.kernel_h).set("kernel_w", c.kernel_w).set("stride_h", c.stride);
  call.set("stride_w", c.stride).set("dilation_h", c.dilation).set("dilation_w", c.dilation);
  call.set("pad_top", c.pad_begin).set("pad_left", c.pad_begin);
}

// Calls f(offset into x) for every tap of an output inside the image; returns taps inside the
// padding too.
template <typename F>
int for_taps(const Case& c, int oh, int ow, F f) {
  int padded = 0;
  for (int i = 0; i < c.kernel_h; ++i) {
    for (int j = 0; j < c.kernel_w; ++j) {
      const int h = oh * c.stride - c.pad_begin + i * c.dilation;
      const int w = ow * c.stride - c.pad_begin + j * c.dilation;
      if (h < c.h + c.pad_end && w < c.w + c.pad_end) ++padded;
      if (h >= 0 && h < c.h && w >= 0 && w < c.w) f(int64_t{h} * c.w + w);
    }
  }
  return padded;
}

template <typename T>
void check_max(const Case& c, int gap) {
  Random random(1);
  TestTensor<T> x = image<T>(2, c.h, c.w, c.channels, gap);
  TestTensor<T> y = image<T>(2, c.out_h(), c.out_w(), c.channels, 2 * gap);
  x.randomize(
      [&] { return std::is_signed_v<T> ? random.integer(-128, 127) : random.integer(0, 255); });
  TestCall call("max_pool2d");
  call.input(&x).output(&y);
  set_window(call, c);
  call.prepare_and_run(gap != 0);
  bool equal = true;
  int64_t at = 0;
  for (int n = 0; n < 2; ++n) {
    for (int oh = 0; oh < c.out_h(); ++oh) {
      for (int ow = 0; ow < c.out_w(); ++ow) {
        for (int channel = 0; channel < c.channels; ++channel, ++at) {
          T largest = std::numeric_limits<T>::lowest();
          for_taps(c, oh, ow, [&](int64_t pixel) {
            largest = std::max(largest, x[(n * int64_t{c.h} * c.w + pixel) * c.channels + channel]);
          });
          equal = equal && y[at] == largest;
        }
      }
    }
  }
  CHECK(equal);
  CHECK(y.untouched());
}

template <typename T>
void check_average(const Case& c, bool include_pad, int gap) {
  Random random(2);
  TestTensor<T> x = image<T>(1, c.h, c.w, c.channels, gap);
  TestTensor<T> y = image<T>(1, c.out_h(), c.out_w(), c.channels, 3 * gap);
  x.randomize([&] { return random.integer(-128, 127); });
  TestCall call("average_pool2d");
  call.input(&x).output(&y);
  set_window(call, c);
  call.set("pad_bottom", c.pad_end)
      .set("pad_right", c.pad_end)
      .set("count_include_pad", include_pad ? 1 : 0);
  call.set("x_zero_point", -3)
      .set("y_zero_point", 6)
      .set("scale", 1.7f)
      .set("act_min", -134)
      .set("act_max", 100);
  call.prepare_and_run(gap != 0);
  bool equal = true;
  int64_t at = 0;
  for (int oh = 0; oh < c.out_h(); ++oh) {
    for (int ow = 0; ow < c.out_w(); ++ow) {
      for (int channel = 0; channel < c.channels; ++channel, ++at) {
        int sum = 0, taps = 0;
        const int padded = for_taps(c, oh, ow, [&](int64_t pixel) {
          sum += static_cast<int>(x[pixel * c.channels + channel]);
          ++taps;
        });
        const float count = static_cast<float>(include_pad ? padded : taps);
        if constexpr (std::is_same_v<T, float>) {
          equal = equal && y[at] == static_cast<float>(sum) / count;
        } else {
          const float t = static_cast<float>(sum + 3 * taps) * (1.7f / count);
          equal =
              equal &&
              y[at] ==
                  static_cast<int>(std::nearbyint(std::fmin(std::fmax(t, -134.0f), 100.0f))) + 6;
        }
      }
    }
  }
  CHECK(equal);
  CHECK(y.untouched());
}

}  // namespace

TEST_CASE("max_pool2d takes the largest value of each window") {
  for (const Case& c : kCases) {
    for (int gap : {0, 5}) {
      check_max<float>(c, gap);
      check_max<int8_t>(c, gap);
      check_max<uint8_t>(c, gap);
    }
  }
}

TEST_CASE("average_pool2d averages what lies inside, or the padding too") {
  for (const Case& c : kCases) {
    for (bool include_pad : {false, true}) {
      check_average<float>(c, include_pad, include_pad ? 3 : 0);
      check_average<int8_t>(c, include_pad, include_pad ? 0 : 3);
    }
  }
}

TEST_CASE("pooling refuses damaged calls") {
  TestTensor<float> x({1, 4, 4, 8}), y({1, 2, 2, 8}), other({1, 2, 2, 7}), flat({4, 8});
  const auto call = [&](const char* kernel, Tensor* out) {
    TestCall test(kernel);
    set_window(test.input(&x).output(out), {4, 4, 8, 2, 2, 2, 1, 0, 0});
    return test;
  };
  for (const char* kernel : {"max_pool2d", "average_pool2d"}) {
    CHECK(call(kernel, &y).prepare() == Status::kOk);
    CHECK(call(kernel, &other).prepare() == Status::kBundle);
    CHECK(call(kernel, &flat).prepare() == Status::kBundle);
    for (const char* field : {"kernel_h", "stride_w", "dilation_h"}) {
      CHECK(call(kernel, &y).set(field, 0).prepare() == Status::kBundle);
      CHECK(call(kernel, &y).set(field, -5).prepare() == Status::kBundle);
      CHECK(call(kernel, &y).set(field, INT32_MAX).prepare() == Status::kBundle);
    }
    CHECK(call(kernel, &y).set("pad_top", INT32_MIN).prepare() == Status::kBundle);
    CHECK(call(kernel, &y).set("pad_top", 100).prepare() == Status::kBundle);  // sees only padding
    CHECK(call(kernel, &y).set("stride_h", 50).prepare() == Status::kBundle);  // beyond the input
  }
}

}  // namespace edgert
