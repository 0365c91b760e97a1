// conv2d_f32 and depthwise_conv2d_f32 against a walk over all taps in double precision.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/conv_case.h"

namespace edgert {
namespace {

using testing::ConvCase;
using testing::Random;
using testing::TestCall;
using testing::TestTensor;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// The activations of docs/kernels.md by number.
double activate(int activation, double t, double alpha, double beta) {
  switch (activation) {
    case 1:
      return t < 0 ? alpha * t : t;
    case 2:
      return t * std::clamp(t / 6 + 0.5, 0.0, 1.0);
    case 3:
      return t / (1 + std::exp(-t));
    case 4:
      return 1 / (1 + std::exp(-t));
    case 5:
      return std::tanh(t);
    case 6:
      return std::clamp(alpha * t + beta, 0.0, 1.0);
    case 7:
      return 0.5 * t * (1 + std::erf(t / std::sqrt(2.0)));
    default:
      return t;
  }
}

void check_case(bool depthwise, const ConvCase& c, int activation, bool clamp, int threads,
                uint32_t seed) {
  CAPTURE(c.text());
  CAPTURE(activation);
  Random random(seed);
  const auto next = [&] { return random.real(-1, 1); };
  TestTensor<float> x(c.x_dims(), c.x_strides());
  TestTensor<float> y(c.y_dims(), c.y_strides()), residual(c.y_dims(), c.y_strides());
  x.randomize(next);
  residual.randomize(next);
  const int k = c.taps() * c.group_in();
  std::vector<float> weights(static_cast<size_t>(c.cout * k)), bias(static_cast<size_t>(c.cout));
  for (float& w : weights) w = next();
  for (float& b : bias) b = next();
  std::vector<float> packed = testing::pack_conv(c, weights, 1);
  if (depthwise) packed = testing::pack_rows(weights.data(), c.cout, k, 1);
  auto weights_tensor = TestTensor<float>::of({static_cast<int>(packed.size())}, packed);
  const auto packed_bias = testing::pack_vector(bias, depthwise ? 1 : c.groups);
  auto bias_tensor = TestTensor<float>::of({static_cast<int>(packed_bias.size())}, packed_bias);
  weights_tensor.mark_constant();
  bias_tensor.mark_constant();

  const float act_min = clamp ? -0.5f : -kInfinity, act_max = clamp ? 0.75f : kInfinity;
  TestCall call(depthwise ? "depthwise_conv2d_f32" : "conv2d_f32");
  c.set_window(call);
  if (!depthwise) call.set("groups", c.groups);
  call.set("act_min", act_min).set("act_max", act_max).set("activation", activation);
  call.set("alpha", 0.3f).set("beta", 0.6f);
  call.input(&x).input(&weights_tensor).input(&bias_tensor);
  call.input(c.residual ? &residual : nullptr).output(&y).threads(threads);
  call.prepare_and_run(threads > 1);

  double worst = 0;
  c.for_each_output([&](int64_t index, int b, int oy, int ox, int ch) {
    const auto product = [&](int64_t xi, int64_t wi) {
      return xi < 0 ? 0.0 : double{x[xi]} * weights[static_cast<size_t>(wi)];
    };
    double t = c.sum<double>(b, oy, ox, ch, product) + bias[static_cast<size_t>(ch)];
    if (c.residual) t += residual[index];
    t = activate(activation, t, 0.3, 0.6);
    t = std::min<double>(std::max<double>(t, act_min), act_max);
    worst = std::max(worst, std::abs(t - y[index]));
  });
  CHECK(worst < 1e-6 * std::sqrt(k) + 1e-6 * k);
  CHECK(y.untouched());
}

void check_cases(bool depthwise, const std::vector<ConvCase>& cases) {
  uint32_t seed = 0;
  for (const ConvCase& c : cases) {
    ++seed;
    check_case(depthwise, c, static_cast<int>(seed % 8), seed % 3 == 0,
               1 + static_cast<int>(seed % 4), seed);
  }
}

// Of these dims and without memory: what is refused at load is never read.
Tensor image(const std::vector<int32_t>& dims) {
  Tensor tensor;
  tensor.rank = 4;
  tensor.count = 1;
  for (int i = 3; i >= 0; --i) {
    tensor.dims[i] = dims[static_cast<size_t>(i)];
    tensor.strides[i] = tensor.count;
    tensor.count *= tensor.dims[i];
  }
  return tensor;
}

TEST_CASE("images that 32 bits cannot count are refused") {
  constexpr int32_t kMost = std::numeric_limits<int32_t>::max();
  struct Case {
    std::vector<int32_t> x, y;
    int32_t stride;
  };
  const Case cases[] = {
      {{1, 1, 1, 1}, {1, 1, 1, kMost}, 1},
      {{1, 1, 1, 1}, {1, 1, 1, kMost - 14}, 1},
      {{1, 1 << 16, 1 << 16, 1}, {1, 1 << 16, 1 << 16, 1}, 1},
      {{1, 1, kMost, 1}, {1, 1, kMost, 1}, 1},
      {{kMost, 1, 1, 1}, {kMost, 1, 1, 1}, 1},
      {{1, 1 << 10, 1 << 20, 1 << 10}, {1, 1, 1, 1 << 10}, kMost},
  };
  for (const Case& c : cases) {
    for (const char* kernel : {"conv2d_f32", "depthwise_conv2d_f32"}) {
      CAPTURE(kernel);
      Tensor x = image(c.x), y = image(c.y);
      TestTensor<float> weights({16}), bias({16});
      weights.mark_constant();
      bias.mark_constant();
      TestCall call(kernel);
      call.input(&x).input(&weights).input(&bias).output(&y);
      for (const char* field : {"kernel_h", "kernel_w", "dilation_h", "dilation_w"}) {
        call.set(field, 1);
      }
      call.set("stride_h", c.stride).set("stride_w", c.stride).set("act_max", 1.0f);
      if (kernel == std::string("conv2d_f32")) call.set("groups", 1);
      CHECK(call.prepare() == Status::kBundle);
    }
  }
}

}  // namespace

TEST_CASE("conv2d_f32 agrees with a walk over all taps") {
  check_cases(false, testing::conv_cases());
}

TEST_CASE("depthwise_conv2d_f32 agrees with a walk over all taps") {
  check_cases(true, testing::depthwise_cases());
}

}  // namespace edgert
