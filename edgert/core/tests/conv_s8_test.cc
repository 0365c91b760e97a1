// conv2d_s8, conv2d_dynamic_s8 and depthwise_conv2d_s8 against a walk over all taps, bit by bit.
// Run with EDGERT_ISA set to each instruction set, this tests the kernels with each.
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

enum class Kind { kConv, kDynamic, kDepthwise };

struct Options {
  bool float_output = false;
  bool lut = false;
  bool extreme = false;  // saturated operands, zero points at the ends
  int threads = 1;
};

template <typename T>
TestTensor<T> constant(const std::vector<T>& values) {
  auto tensor = TestTensor<T>::of({static_cast<int>(values.size())}, values);
  tensor.mark_constant();
  return tensor;
}

// Operands in plain layouts.
struct Operands {
  std::vector<int8_t> weights;  // [cout][kh][kw][cin / groups]
  std::vector<int32_t> weight_sum, bias;
  std::vector<float> scale, post_bias;
  int x_zero_point, y_zero_point, residual_zero_point;
  float residual_scale, act_min, act_max, x_scale;

  Operands(const ConvCase& c, const Options& options, Random& random) {
    const int k = c.taps() * c.group_in();
    const bool extreme = options.extreme;
    for (int i = 0; i < c.cout * k; ++i) {
      const int sign = random.integer(0, 1) * 2 - 1;
      weights.push_back(static_cast<int8_t>(extreme ? sign * 127 : random.integer(-127, 127)));
    }
    x_zero_point = extreme ? 127 : random.integer(-128, 127);
    y_zero_point = extreme ? -128 : random.integer(-128, 127);
    residual_zero_point = extreme ? -128 : random.integer(-20, 20);
    residual_scale = random.real(0.1f, 1.5f);
    x_scale = random.real(0.001f, 0.1f);
    act_min = static_cast<float>(-128 - y_zero_point) + random.real(0, 20);
    act_max = static_cast<float>(127 - y_zero_point) - random.real(0, 20);
    const float spread = (extreme ? 4.0f : 100.0f) / (5000.0f * std::sqrt(static_cast<float>(k)));
    for (int o = 0; o < c.cout; ++o) {
      int32_t sum = 0;
      for (int i = 0; i < k; ++i) sum += weights[static_cast<size_t>(o * k + i)];
      weight_sum.push_back(sum);
      bias.push_back(random.integer(-1000, 1000) - x_zero_point * sum);
      scale.push_back(spread * random.real(0.2f, 2.0f));
      post_bias.push_back(random.real(-1, 1));
    }
  }
};

template <typename T>
void check_case(Kind kind, const ConvCase& c, const Options& options, uint32_t seed) {
  CAPTURE(c.text());
  CAPTURE(options.extreme);
  Random random(seed);
  Operands ops(c, options, random);
  TestTensor<int8_t> x(c.x_dims(), c.x_strides());
  x.randomize([&] {
    return options.extreme ? random.integer(0, 1) * 255 - 128 : random.integer(-128, 127);
  });
  TestTensor<T> y(c.y_dims(), c.y_strides()), residual(c.y_dims(), c.y_strides());
  residual.randomize([&] { return random.integer(-128, 127); });
  const bool depthwise = kind == Kind::kDepthwise;
  const int groups = depthwise ? 1 : c.groups;
  auto weights = constant(depthwise ? testing::pack_depthwise_s8(c, ops.weights)
                                    : testing::pack_conv(c, ops.weights, 4));
  auto bias = constant(testing::pack_vector(ops.bias, groups));
  auto post_bias = constant(testing::pack_vector(ops.post_bias, groups));
  auto scale = constant(testing::pack_vector(ops.scale, groups));
  auto weight_sum = constant(testing::pack_vector(ops.weight_sum, groups));
  std::vector<uint8_t> table(256);
  for (uint8_t& entry : table) entry = static_cast<uint8_t>(random.integer(0, 255));
  auto lut = constant(table);
  TestTensor<float> quantization({2});
  quantization[0] = ops.x_scale;
  quantization[1] = static_cast<float>(ops.x_zero_point);

  TestCall call(depthwise                ? "depthwise_conv2d_s8"
                : kind == Kind::kDynamic ? "conv2d_dynamic_s8"
                                         : "conv2d_s8");
  c.set_window(call);
  call.set("act_min", ops.act_min).set("act_max", ops.act_max);
  call.input(&x).input(&weights);
  call.input(kind == Kind::kDynamic ? &post_bias : &bias).input(&scale).input(&weight_sum);
  call.input(c.residual ? &residual : nullptr).output(&y).threads(options.threads);
  if (!depthwise) call.set("groups", c.groups);
  if (kind == Kind::kDynamic) {
    call.input(&quantization).set("activation", 0);
  } else {
    call.input(options.lut ? &lut : nullptr);
    call.set("x_zero_point", ops.x_zero_point).set("y_zero_point", ops.y_zero_point);
    call.set("residual_zero_point", ops.residual_zero_point);
    call.set("residual_scale", ops.residual_scale);
  }
  call.prepare_and_run(options.threads > 1);

  int64_t wrong = 0;
  c.for_each_output([&](int64_t index, int b, int oy, int ox, int ch) {
    const auto o = static_cast<size_t>(ch);
    const auto product = [&](int64_t xi, int64_t wi) {
      return int64_t{xi < 0 ? ops.x_zero_point : x[xi]} * ops.weights[static_cast<size_t>(wi)];
    };
    const auto products = c.sum<int64_t>(b, oy, ox, ch, product);
    float t;
    if (kind == Kind::kDynamic) {
      const int64_t acc = products - int64_t{ops.x_zero_point} * ops.weight_sum[o];
      t = static_cast<float>(acc) * (ops.x_scale * ops.scale[o]);
      t = t + ops.post_bias[o];
    } else {
      t = static_cast<float>(products + ops.bias[o]) * ops.scale[o];
    }
    const float r = static_cast<float>(residual[index]);
    if constexpr (std::is_same_v<T, float>) {
      if (c.residual) t = t + r;
      t = std::min(std::max(t, ops.act_min), ops.act_max);
      wrong += y[index] != t;
    } else {
      if (c.residual)
        t = t + (r - static_cast<float>(ops.residual_zero_point)) * ops.residual_scale;
      t = std::min(std::max(t, ops.act_min), ops.act_max);
      auto q = static_cast<int8_t>(static_cast<int>(std::nearbyint(t)) + ops.y_zero_point);
      if (options.lut) q = static_cast<int8_t>(table[static_cast<uint8_t>(q)]);
      wrong += y[index] != q;
    }
  });
  CHECK(wrong == 0);
  CHECK(y.untouched());
}

}  // namespace

TEST_CASE("conv2d_s8 agrees with a walk over all taps") {
  uint32_t seed = 0;
  for (const ConvCase& c : testing::conv_cases()) {
    Options options;
    options.threads = 1 + static_cast<int>(seed % 3);
    options.lut = seed % 4 == 1;
    options.extreme = seed % 5 == 2;
    check_case<int8_t>(Kind::kConv, c, options, ++seed);
    if (seed % 3 == 0) check_case<float>(Kind::kConv, c, Options(), seed);
  }
}

TEST_CASE("conv2d_dynamic_s8 agrees with a walk over all taps") {
  uint32_t seed = 1000;
  for (const ConvCase& c : testing::conv_cases()) {
    Options options;
    options.threads = 1 + static_cast<int>(seed % 3);
    options.extreme = seed % 5 == 2;
    check_case<float>(Kind::kDynamic, c, options, ++seed);
  }
}

TEST_CASE("depthwise_conv2d_s8 agrees with a walk over all taps") {
  uint32_t seed = 2000;
  for (const ConvCase& c : testing::depthwise_cases()) {
    Options options;
    options.threads = 1 + static_cast<int>(seed % 3) * 3;
    options.lut = seed % 4 == 1;
    options.extreme = seed % 5 == 2;
    check_case<int8_t>(Kind::kDepthwise, c, options, ++seed);
    if (seed % 3 == 0) check_case<float>(Kind::kDepthwise, c, Options(), seed);
  }
}

TEST_CASE("weights of -128 and scales that are not finite are refused wherever they are") {
  constexpr int kChannels = 19, kPadded = 32;
  TestTensor<int8_t> x({1, 2, 2, 4}), y({1, 2, 2, kChannels});
  auto weights = constant(std::vector<int8_t>(kPadded * 4, -127));
  auto bias = constant(std::vector<int32_t>(kPadded));
  auto scale = constant(std::vector<float>(kPadded, -std::numeric_limits<float>::max()));
  TestCall call("conv2d_s8");
  call.input(&x).input(&weights).input(&bias).input(&scale).input(&bias).output(&y);
  for (const char* field :
       {"kernel_h", "kernel_w", "stride_h", "stride_w", "dilation_h", "dilation_w", "groups"}) {
    call.set(field, 1);
  }
  const auto message_of = [&](auto& tensor, int64_t at, auto value) {
    const auto kept = tensor[at];
    tensor[at] = value;
    const Status status = call.prepare();
    tensor[at] = kept;
    return std::string(status == Status::kBundle ? call.message() : "accepted");
  };
  REQUIRE(call.prepare() == Status::kOk);
  for (int64_t i = 0; i < weights.size(); ++i) {
    CHECK(message_of(weights, i, int8_t{-128}) == "call 'test' (conv2d_s8): a weight is -128");
  }
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
        -std::numeric_limits<float>::infinity()}) {
    for (int64_t i = 0; i < scale.size(); ++i) {
      CHECK(message_of(scale, i, value) ==
            "call 'test' (conv2d_s8): scale[" + std::to_string(i) + "] is not finite");
    }
  }
}

}  // namespace edgert
