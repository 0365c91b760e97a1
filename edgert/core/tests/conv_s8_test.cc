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
  // How weights that are no bytes in [-127, 127] are given.
  int terms = 1;
  int weight_zero_point = 0;
  bool full_range = false;
};

template <typename T>
TestTensor<T> constant(const std::vector<T>& values) {
  auto tensor = TestTensor<T>::of({static_cast<int>(values.size())}, values);
  tensor.mark_constant();
  return tensor;
}

// Operands in plain layouts.
struct Operands {
  std::vector<int> weights;                // [cout][kh][kw][cin / groups], as they are meant
  std::vector<std::vector<int8_t>> terms;  // of each: their sum, less the zero point
  std::vector<int32_t> weight_sum, bias;
  std::vector<float> scale, post_bias;
  int x_zero_point, y_zero_point, residual_zero_point;
  float residual_scale, act_min, act_max, x_scale;

  Operands(const ConvCase& c, const Options& options, Random& random) {
    const int k = c.taps() * c.group_in();
    const bool extreme = options.extreme;
    const int low = options.full_range ? -128 : -127;
    for (int t = 0; t < options.terms; ++t) {
      std::vector<int8_t> term;
      for (int i = 0; i < c.cout * k; ++i) {
        const int end = random.integer(0, 1) == 0 ? low : 127;
        const bool alone = !options.full_range || c.group_in() > 1 || i % k == t;
        const int value = alone ? random.integer(low, 127) : random.integer(-127, 127);
        term.push_back(static_cast<int8_t>(extreme && alone ? end : value));
      }
      terms.push_back(term);
    }
    for (size_t i = 0; i < terms[0].size(); ++i) {
      int sum = -options.weight_zero_point;
      for (const auto& term : terms) sum += term[i];
      weights.push_back(sum);
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
      int32_t sum = 0, stored = 0;
      for (int i = 0; i < k; ++i) sum += weights[static_cast<size_t>(o * k + i)];
      for (const auto& term : terms) {
        for (int i = 0; i < k; ++i) stored += term[static_cast<size_t>(o * k + i)];
      }
      weight_sum.push_back(stored);
      bias.push_back(random.integer(-1000, 1000) - x_zero_point * sum);
      scale.push_back(spread * random.real(0.2f, 2.0f));
      post_bias.push_back(random.real(-1, 1));
    }
  }
};

// Each pixel meets the terms of its weights one after the other.
std::vector<int8_t> pack_conv(const ConvCase& c, const Operands& ops) {
  const int k = c.taps() * c.group_in(), padded = (k + 3) / 4 * 4;
  const auto count = static_cast<int>(ops.terms.size());
  std::vector<int8_t> packed;
  for (int g = 0; g < c.groups; ++g) {
    std::vector<int8_t> rows(static_cast<size_t>(c.group_out() * count * padded));
    for (int o = 0; o < c.group_out(); ++o) {
      for (int t = 0; t < count; ++t) {
        const auto* from = ops.terms[static_cast<size_t>(t)].data() + (g * c.group_out() + o) * k;
        std::copy(from, from + k, rows.data() + (o * count + t) * padded);
      }
    }
    const auto part = testing::pack_rows(rows.data(), c.group_out(), count * padded, 4);
    packed.insert(packed.end(), part.begin(), part.end());
  }
  return packed;
}

std::vector<int8_t> pack_depthwise(const ConvCase& c, const Operands& ops) {
  ConvCase tall = c;
  tall.kh *= static_cast<int>(ops.terms.size());
  std::vector<int8_t> rows;
  for (int ch = 0; ch < c.cout; ++ch) {
    for (const auto& term : ops.terms) {
      const auto first = term.begin() + ch * c.taps();
      rows.insert(rows.end(), first, first + c.taps());
    }
  }
  return testing::pack_depthwise_s8(tall, rows);
}

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
  auto weights = constant(depthwise ? pack_depthwise(c, ops) : pack_conv(c, ops));
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
  call.set("weight_terms", options.terms);
  if (!depthwise) {
    call.set("groups", c.groups).set("weight_zero_point", options.weight_zero_point);
    call.set("weight_full_range", options.full_range ? 1 : 0);
  }
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
      const auto term = [&](int64_t, int64_t wi) {
        return int64_t{ops.weights[static_cast<size_t>(wi)]};
      };
      const int64_t acc =
          products - int64_t{ops.x_zero_point} * c.sum<int64_t>(b, oy, ox, ch, term);
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

// Every combination of the ways to give weights.
std::vector<Options> weight_ranges() {
  std::vector<Options> all;
  for (int terms : {1, 2, 3}) {
    for (int zero_point : {0, -28, 127}) {
      for (bool full_range : {false, true}) {
        Options options;
        options.terms = terms, options.weight_zero_point = zero_point;
        options.full_range = full_range;
        all.push_back(options);
      }
    }
  }
  return all;
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

TEST_CASE("weights may be sums of terms, have a zero point and be -128") {
  uint32_t seed = 3000;
  for (const Options& range : weight_ranges()) {
    for (const ConvCase& c : testing::conv_cases()) {
      if (++seed % 7 != 0) continue;
      Options options = range;
      options.threads = 1 + static_cast<int>(seed % 3);
      options.extreme = seed % 5 == 2;
      check_case<int8_t>(Kind::kConv, c, options, seed);
      check_case<float>(Kind::kDynamic, c, options, seed);
    }
    if (range.weight_zero_point != 0) continue;
    for (const ConvCase& c : testing::depthwise_cases()) {
      Options options = range;
      if (options.terms > 1) options.full_range = false;  // one weight of a channel at most
      options.extreme = ++seed % 5 == 2;
      check_case<int8_t>(Kind::kDepthwise, c, options, seed);
    }
  }
}

TEST_CASE("weights of -128 have to be announced") {
  ConvCase c;
  c.h = c.w = 1, c.cin = 4, c.cout = 1;
  std::vector<int8_t> values(16 * 4);
  values[1] = -128;
  TestTensor<int8_t> x(c.x_dims()), y(c.y_dims());
  auto weights = constant(values);
  auto zeros = constant(std::vector<int32_t>(16));
  auto scale = constant(std::vector<float>(16));
  for (int full_range : {0, 1}) {
    TestCall call("conv2d_s8");
    c.set_window(call);
    call.set("groups", 1).set("act_min", -128.0f).set("act_max", 127.0f);
    call.set("weight_full_range", full_range);
    call.input(&x).input(&weights).input(&zeros).input(&scale).input(&zeros).output(&y);
    CHECK((call.prepare() == Status::kOk) == (full_range == 1));
  }
}

TEST_CASE("one weight of a depthwise channel at most is -128") {
  ConvCase c;
  c.h = c.w = 1, c.cin = c.cout = c.groups = 1, c.kh = 1, c.kw = 2, c.left = 1;
  for (int64_t second : {64, 1}) {  // the same channel's, another one's
    std::vector<int8_t> values(2 * 64);
    values[0] = values[static_cast<size_t>(second == 64 ? 64 : 4)] = -128;
    TestTensor<int8_t> x(c.x_dims()), y(c.y_dims());
    auto weights = constant(values);
    auto zeros = constant(std::vector<int32_t>(16));
    auto scale = constant(std::vector<float>(16));
    TestCall call("depthwise_conv2d_s8");
    c.set_window(call);
    call.set("act_min", -128.0f).set("act_max", 127.0f);
    call.input(&x).input(&weights).input(&zeros).input(&scale).input(&zeros).output(&y);
    CHECK((call.prepare() == Status::kOk) == (second == 1));
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
