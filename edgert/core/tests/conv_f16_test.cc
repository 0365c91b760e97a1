// conv2d_f16 and depthwise_conv2d_f16 against a walk over all taps in double precision.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/half.h"
#include "tests/conv_case.h"

namespace edgert {
namespace {

using testing::ConvCase;
using testing::Random;
using testing::TestCall;
using testing::TestTensor;

constexpr float kInfinity = __builtin_inff();

// Of sums of k products of numbers up to 1, each of which may have been rounded to a half: about
// twice what that makes of random numbers.
double tolerance(int k) { return 0x1p-11 * (2 + 7 * std::sqrt(k)); }

void check_case(bool depthwise, const ConvCase& c, bool leaky, bool clamp, int threads,
                uint32_t seed) {
  CAPTURE(c.text());
  Random random(seed);
  const auto next = [&] { return to_half(random.real(-1, 1)); };
  TestTensor<Half> x(c.x_dims(), c.x_strides());
  TestTensor<Half> y(c.y_dims(), c.y_strides()), residual(c.y_dims(), c.y_strides());
  x.randomize(next);
  residual.randomize(next);
  const int k = c.taps() * c.group_in();
  std::vector<Half> weights(static_cast<size_t>(c.cout * k));
  std::vector<float> bias(static_cast<size_t>(c.cout));
  for (Half& w : weights) w = next();
  for (float& b : bias) b = random.real(-1, 1);
  const std::vector<Half> packed = depthwise ? testing::pack_rows(weights.data(), c.cout, k, 1)
                                             : testing::pack_conv(c, weights, 1);
  auto weights_tensor = TestTensor<Half>::of({static_cast<int>(packed.size())}, packed);
  const auto packed_bias = testing::pack_vector(bias, depthwise ? 1 : c.groups);
  auto bias_tensor = TestTensor<float>::of({static_cast<int>(packed_bias.size())}, packed_bias);
  weights_tensor.mark_constant();
  bias_tensor.mark_constant();

  const float act_min = clamp ? -0.5f : -kInfinity, act_max = clamp ? 0.75f : kInfinity;
  TestCall call(depthwise ? "depthwise_conv2d_f16" : "conv2d_f16");
  c.set_window(call);
  if (!depthwise) call.set("groups", c.groups);
  call.set("act_min", act_min).set("act_max", act_max).set("activation", leaky ? 1 : 0);
  call.set("alpha", 0.25f);
  call.input(&x).input(&weights_tensor).input(&bias_tensor);
  call.input(c.residual ? &residual : nullptr).output(&y).threads(threads);
  call.prepare_and_run(threads > 1);

  double worst = 0;  // relative to the magnitude where that is above 1
  c.for_each_output([&](int64_t index, int b, int oy, int ox, int ch) {
    const auto product = [&](int64_t xi, int64_t wi) {
      return xi < 0 ? 0.0 : double{to_float(x[xi])} * to_float(weights[static_cast<size_t>(wi)]);
    };
    double t = c.sum<double>(b, oy, ox, ch, product) + bias[static_cast<size_t>(ch)];
    if (c.residual) t += to_float(residual[index]);
    const double magnitude = std::max(1.0, std::abs(t));
    if (leaky && t < 0) t *= 0.25;
    t = std::min<double>(std::max<double>(t, act_min), act_max);
    worst = std::max(worst, std::abs(t - to_float(y[index])) / magnitude);
  });
  CHECK(worst < tolerance(k));
  CHECK(y.untouched());
}

void check_cases(bool depthwise, const std::vector<ConvCase>& cases) {
  uint32_t seed = 0;
  for (const ConvCase& c : cases) {
    ++seed;
    check_case(depthwise, c, seed % 4 == 1, seed % 3 == 0, 1 + static_cast<int>(seed % 4), seed);
  }
}

// x is [1, 1, pixels, channels] of ones, and so are the weights of a 1x1 convolution.
std::vector<Half> sums_of_ones(int pixels, int channels, int outputs) {
  TestTensor<Half> x({1, 1, pixels, channels}), y({1, 1, pixels, outputs});
  x.randomize([] { return Half{0x3c00}; });
  const int padded = testing::blocks_of_16(outputs) * 16;
  TestTensor<Half> weights({padded * channels});
  TestTensor<float> bias({padded});
  weights.randomize([] { return Half{0x3c00}; });
  bias.randomize([] { return 0.0f; });
  weights.mark_constant();
  bias.mark_constant();
  TestCall call("conv2d_f16");
  for (const char* field :
       {"kernel_h", "kernel_w", "stride_h", "stride_w", "dilation_h", "dilation_w", "groups"}) {
    call.set(field, 1);
  }
  call.set("act_min", -kInfinity).set("act_max", kInfinity);
  call.input(&x).input(&weights).input(&bias).output(&y).prepare_and_run();
  return y.values();
}

}  // namespace

TEST_CASE("conv2d_f16 agrees with a walk over all taps") {
  check_cases(false, testing::conv_cases());
}

TEST_CASE("depthwise_conv2d_f16 agrees with a walk over all taps") {
  check_cases(true, testing::depthwise_cases());
}

// In halves, 2048 + 1 is 2048.
TEST_CASE("long sums of halves lose nothing") {
  for (int channels : {128, 129, 2056, 4096, 4099, 60000}) {
    for (int pixels : {1, 8, 13}) {
      CAPTURE(channels);
      CAPTURE(pixels);
      for (Half y : sums_of_ones(pixels, channels, 19)) {
        CHECK(y == to_half(static_cast<float>(channels)));
      }
    }
  }
}

TEST_CASE("what does not fit a half is infinite") {
  for (Half y : sums_of_ones(9, 65520, 16)) CHECK(to_float(y) == kInfinity);
}

}  // namespace edgert
