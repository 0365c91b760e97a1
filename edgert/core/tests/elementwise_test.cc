// The elementwise and lookup_s8 kernels: broadcasting, strides, conversions, validation.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/elementwise/convert.h"
#include "tests/kernel_call.h"

namespace edgert {
namespace {

using testing::Random;
using testing::TestCall;
using testing::TestTensor;

// round(clamp(value * scale)) + zero point, by libm.
int quantized(float value, float scale, int zero_point, int low, int high) {
  float t = value * scale;
  t = t > static_cast<float>(low - zero_point) ? t : static_cast<float>(low - zero_point);
  t = t < static_cast<float>(high - zero_point) ? t : static_cast<float>(high - zero_point);
  return static_cast<int>(std::nearbyint(t)) + zero_point;
}

void quantize_output(TestCall& call, float scale, int zero_point, int low = -128, int high = 127) {
  call.set("output_scale", scale).set("output_zero_point", zero_point);
  call.set("act_min", low - zero_point).set("act_max", high - zero_point);
}

// Strides of a tensor whose axes lie in memory in the order of `order`, each row padded by `gap`.
std::vector<int64_t> permuted_strides(const std::vector<int>& dims, const std::vector<int>& order,
                                      int gap, bool reversed) {
  std::vector<int64_t> strides(dims.size());
  int64_t step = 1;
  for (size_t i = order.size(); i-- > 0;) {
    const size_t axis = static_cast<size_t>(order[i]);
    strides[axis] = reversed && i % 2 == 0 ? -step : step;
    step = step * dims[axis] + gap;
  }
  return strides;
}

const std::vector<std::vector<int>> kOrders = {
    {0, 1, 2, 3}, {0, 2, 3, 1}, {0, 3, 1, 2}, {3, 2, 1, 0}, {1, 0, 3, 2}};
const std::vector<std::vector<int>> kShapes = {{1, 5, 7, 3},   {2, 3, 33, 17}, {1, 1, 1, 700},
                                               {3, 40, 2, 70}, {1, 1, 1, 1},   {2, 64, 20, 4}};

}  // namespace

TEST_CASE("elementwise adds operands of any layout") {
  Random random(1);
  for (const auto& shape : kShapes) {
    for (const auto& x_order : kOrders) {
      for (const auto& y_order : kOrders) {
        for (int gap : {0, 3}) {
          TestTensor<float> a(shape, permuted_strides(shape, x_order, gap, gap != 0));
          TestTensor<float> b(shape);
          TestTensor<float> y(shape, permuted_strides(shape, y_order, gap, false));
          a.randomize([&] { return random.real(-1, 1); });
          b.randomize([&] { return random.real(-1, 1); });
          TestCall call("elementwise");
          call.input(&a).input(&b).output(&y).instruction("add", 0, {0, 1});
          call.prepare_and_run(gap == 0);
          bool equal = true;
          for (int64_t i = 0; i < y.size(); ++i) equal = equal && y[i] == a[i] + b[i];
          CHECK(equal);
          CHECK(y.untouched());
        }
      }
    }
  }
}

TEST_CASE("elementwise broadcasts") {
  Random random(2);
  const std::vector<int> shape = {2, 9, 5, 35};
  for (int mask = 0; mask < 16; ++mask) {
    std::vector<int> small = shape;
    for (int i = 0; i < 4; ++i) {
      if (mask >> i & 1) small[static_cast<size_t>(i)] = 1;
    }
    TestTensor<float> a(shape), b(small), y(shape);
    TestTensor<int8_t> q(small);
    a.randomize([&] { return random.real(-1, 1); });
    b.randomize([&] { return random.real(-1, 1); });
    q.randomize([&] { return random.integer(-128, 127); });
    TestCall call("elementwise");
    call.input(&a).input(&b).input(&q).output(&y);
    call.set("input_scale", 0.25f, 2).set("input_zero_point", -3, 2);
    call.instruction("mul", 4, {0, 1}).instruction("sub", 2, {4, 2}).prepare_and_run(mask % 2 == 0);
    bool equal = true;
    int64_t i = 0;
    for (int n = 0; n < shape[0]; ++n) {
      for (int h = 0; h < shape[1]; ++h) {
        for (int w = 0; w < shape[2]; ++w) {
          for (int c = 0; c < shape[3]; ++c, ++i) {
            const int64_t at =
                ((int64_t{n % small[0]} * small[1] + h % small[1]) * small[2] + w % small[2]) *
                    small[3] +
                c % small[3];
            const float product = a[i] * b[at];
            equal = equal && y[i] == product - static_cast<float>(q[at] + 3) * 0.25f;
          }
        }
      }
    }
    CHECK_MESSAGE(equal, "mask ", mask);
  }
}

TEST_CASE("elementwise quantizes with saturation, ties to even, NaN to the minimum") {
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> special = {0.5f, 1.5f, -0.5f,         -1.5f,  2.5f,    1e30f,   -1e30f,
                                      inf,  -inf, std::nanf(""), 126.5f, -128.5f, 127.49f, 1e-40f};
  Random random(3);
  for (int zero_point : {0, -128, 127, 5}) {
    for (int count : {1, 7, 16, 100, 513}) {
      TestTensor<float> x({count});
      for (int64_t i = 0; i < count; ++i) {
        x[i] = i < static_cast<int64_t>(special.size()) ? special[static_cast<size_t>(i)]
                                                        : random.real(-200, 200);
      }
      TestTensor<int8_t> s8({count});
      TestCall to_s8("elementwise");
      quantize_output(to_s8.input(&x).output(&s8), 1.0f, zero_point);
      to_s8.prepare_and_run();
      TestTensor<uint8_t> u8({count});
      TestCall to_u8("elementwise");
      quantize_output(to_u8.input(&x).output(&u8), 0.75f, zero_point + 128, 0, 255);
      to_u8.prepare_and_run();
      for (int64_t i = 0; i < count; ++i) {
        CHECK(s8[i] == quantized(x[i], 1.0f, zero_point, -128, 127));
        CHECK(u8[i] == quantized(x[i], 0.75f, zero_point + 128, 0, 255));
      }
      CHECK(s8.untouched());
      CHECK(u8.untouched());
    }
  }
}

TEST_CASE("elementwise quantizes NCHW images into NHWC and back") {
  Random random(4);
  for (int channels : {1, 2, 3, 4, 5, 40}) {
    const int h = 9, w = 61;
    const std::vector<int> nhwc = {1, h, w, channels};
    const std::vector<int64_t> planar = {int64_t{h} * w * channels, w, 1, int64_t{h} * w};
    TestTensor<float> x(nhwc, planar), back(nhwc, planar);
    x.randomize([&] { return random.real(-3, 3); });
    TestTensor<int8_t> q(nhwc);
    TestCall quantize("elementwise");
    quantize_output(quantize.input(&x).output(&q), 40.0f, 3);
    quantize.prepare_and_run(true);
    TestCall dequantize("elementwise");
    dequantize.input(&q).output(&back).set("input_scale", 0.025f, 0).set("input_zero_point", 3, 0);
    dequantize.prepare_and_run();
    bool equal = true;
    for (int64_t i = 0; i < q.size(); ++i) {
      equal = equal && q[i] == quantized(x[i], 40.0f, 3, -128, 127) &&
              back[i] == static_cast<float>(q[i] - 3) * 0.025f;
    }
    CHECK(equal);
    CHECK(q.untouched());
    CHECK(back.untouched());
  }
}

TEST_CASE("elementwise adds quantized tensors in place") {
  Random random(5);
  TestTensor<int8_t> a({3, 700}), b({3, 700});
  a.randomize([&] { return random.integer(-128, 127); });
  b.randomize([&] { return random.integer(-128, 127); });
  std::vector<int8_t> expected;
  for (int64_t i = 0; i < a.size(); ++i) {
    const float x = static_cast<float>(a[i] + 4) * 0.1f, z = static_cast<float>(b[i] - 9) * 0.03f;
    expected.push_back(static_cast<int8_t>(quantized(x + z, 8.0f, -7, -128, 127)));
  }
  TestCall call("elementwise");
  quantize_output(call.input(&a).input(&b).output(&a), 8.0f, -7);
  call.set("input_scale", 0.1f, 0)
      .set("input_zero_point", -4, 0)
      .set("input_scale", 0.03f, 1)
      .set("input_zero_point", 9, 1);
  call.instruction("add", 0, {0, 1}).prepare_and_run();
  CHECK(a.values() == expected);
}

TEST_CASE("elementwise computes among integers exactly") {
  const int64_t big = (int64_t{1} << 53) + 1;
  auto a = TestTensor<int64_t>::of({4}, {big, -5, 7, 1 << 30});
  auto b = TestTensor<int64_t>::of({1}, {2});
  TestTensor<int64_t> product({4});
  TestCall call("elementwise");
  call.input(&a).input(&b).output(&product).instruction("mul", 2, {0, 1}).prepare_and_run();
  CHECK(product.values() == std::vector<int64_t>{2 * big, -10, 14, int64_t{1} << 31});
  TestTensor<int32_t> narrow({4});
  TestCall cast("elementwise");
  cast.input(&product).output(&narrow).prepare_and_run();
  CHECK(narrow.values() == std::vector<int32_t>{2, -10, 14, INT32_MIN});
  TestTensor<bool> less({4});
  TestCall compare("elementwise");
  compare.input(&a).input(&b).output(&less).instruction("less", 0, {0, 1}).prepare_and_run();
  CHECK(less.values() == std::vector<bool>{false, true, false, false});
}

TEST_CASE("elementwise converts between floats, halves, integers and truth values") {
  const float inf = std::numeric_limits<float>::infinity();
  auto x = TestTensor<float>::of({8}, {1.9f, -1.9f, 3e9f, -3e9f, inf, std::nanf(""), 0.0f, 1e20f});
  TestTensor<int32_t> s32({8});
  TestTensor<int64_t> s64({8});
  TestTensor<bool> truth({8});
  TestCall("elementwise").input(&x).output(&s32).prepare_and_run();
  TestCall("elementwise").input(&x).output(&s64).prepare_and_run();
  TestCall("elementwise").input(&x).output(&truth).prepare_and_run();
  CHECK(s32.values() ==
        std::vector<int32_t>{1, -1, INT32_MAX, INT32_MIN, INT32_MAX, 0, 0, INT32_MAX});
  CHECK(s64.values() ==
        std::vector<int64_t>{1, -1, 3000000000, -3000000000, INT64_MAX, 0, 0, INT64_MAX});
  CHECK(truth.values() == std::vector<bool>{true, true, true, true, true, true, false, true});

  auto half = TestTensor<uint16_t>::of(
      {10}, {0x3c00, 0xc000, 0x0001, 0x03ff, 0x7bff, 0x7c00, 0xfc00, 0x8000, 0x0400, 0x3555});
  TestTensor<float> from_half({10});
  TestCall("elementwise").input(&half).output(&from_half).prepare_and_run();
  CHECK(from_half.values() == std::vector<float>{1, -2, 0x1p-24f, 0x1.ff8p-15f, 65504, inf, -inf,
                                                 -0.0f, 0x1p-14f, 0x1.554p-2f});
  TestTensor<uint16_t> again({10});
  TestCall("elementwise").input(&from_half).output(&again).prepare_and_run();
  CHECK(again.values() == half.values());
  auto ties = TestTensor<float>::of(
      {6}, {0x1.002p0f, 0x1.006p0f, 65519.0f, 65520.0f, 0x1.8p-25f, 0x1p-25f});
  TestTensor<uint16_t> rounded({6});
  TestCall("elementwise").input(&ties).output(&rounded).prepare_and_run();
  CHECK(rounded.values() == std::vector<uint16_t>{0x3c00, 0x3c02, 0x7bff, 0x7c00, 0x0001, 0x0000});
}

TEST_CASE("every half is widened exactly, and comes back") {
  std::vector<uint16_t> halves(0x10000);
  for (size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<uint16_t>(i);
  auto x = TestTensor<uint16_t>::of({0x10000}, halves);
  TestTensor<float> y({0x10000});
  TestCall("elementwise").input(&x).output(&y).prepare_and_run();
  const std::vector<float> floats = y.values();
  for (int i = 0; i < 0x10000; ++i) {
    const int exponent = i >> 10 & 31, fraction = i & 1023;
    const float magnitude = exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                            : exponent < 31
                                ? std::ldexp(1024.0f + static_cast<float>(fraction), exponent - 25)
                            : fraction == 0 ? INFINITY
                                            : NAN;
    CAPTURE(i);
    const float wanted = std::copysign(magnitude, i < 0x8000 ? 1.0f : -1.0f);
    const float found = floats[static_cast<size_t>(i)];
    CHECK((std::isnan(wanted) ? std::isnan(found) : found == wanted));
    CHECK(std::signbit(found) == (i >= 0x8000));
  }
  TestTensor<uint16_t> again({0x10000});
  TestCall("elementwise").input(&y).output(&again).prepare_and_run();
  const std::vector<uint16_t> narrowed = again.values();
  for (size_t i = 0; i < halves.size(); ++i) {
    if (!std::isnan(floats[i])) CHECK(narrowed[i] == halves[i]);
  }
}

TEST_CASE("elementwise refuses damaged calls") {
  TestTensor<float> x({4}), wide({5});
  TestTensor<int8_t> q({4});
  const auto refused = [](TestCall& call) { return call.prepare() == Status::kBundle; };
  SUBCASE("operands that do not broadcast") {
    CHECK(refused(TestCall("elementwise").input(&wide).output(&x)));
  }
  SUBCASE("no operator and two inputs") {
    CHECK(refused(TestCall("elementwise").input(&x).input(&x).output(&x)));
  }
  SUBCASE("no output") { CHECK(refused(TestCall("elementwise").input(&x))); }
  SUBCASE("a missing input") { CHECK(refused(TestCall("elementwise").input(nullptr).output(&x))); }
  SUBCASE("a register never written") {
    CHECK(refused(TestCall("elementwise").input(&x).output(&x).instruction("add", 0, {0, 1})));
  }
  SUBCASE("a register out of range") {
    CHECK(refused(TestCall("elementwise").input(&x).output(&x).instruction("neg", 16, {0})));
    CHECK(refused(TestCall("elementwise").input(&x).output(&x).instruction("neg", 0, {255})));
  }
  SUBCASE("an operator without a meaning for the type") {
    CHECK(refused(TestCall("elementwise").input(&x).output(&x).instruction("bitwise_not", 0, {0})));
    TestTensor<int64_t> n({4});
    CHECK(refused(TestCall("elementwise").input(&n).output(&n).instruction("exp", 0, {0})));
  }
  SUBCASE("limits outside the output type") {
    TestCall call("elementwise");
    quantize_output(call.input(&x).output(&q), 1.0f, 0, -128, 128);
    CHECK(refused(call));
    quantize_output(call, 1.0f, 0, -129, 127);
    CHECK(refused(call));
    quantize_output(call, 1.0f, 0);
    call.set("act_min", std::nanf(""));
    CHECK(refused(call));
    quantize_output(call, 1.0f, 1000, 900, 1000);
    CHECK(refused(call));
  }
  SUBCASE("scales that are not numbers") {
    TestCall call("elementwise");
    call.input(&q).output(&x).set("input_scale", std::nanf(""));
    CHECK(refused(call));
  }
}

TEST_CASE("elementwise takes empty tensors and scalars") {
  TestTensor<float> empty({2, 0, 3}), scalar(std::vector<int>{}), y(std::vector<int>{});
  TestCall none("elementwise");
  none.input(&empty).output(&empty).instruction("neg", 0, {0}).prepare_and_run();
  scalar[0] = 3;
  TestCall one("elementwise");
  one.input(&scalar).output(&y).instruction("neg", 0, {0}).prepare_and_run();
  CHECK(y[0] == -3.0f);
}

TEST_CASE("elementwise results are the same bytes on every machine") {
  // The golden value is what x86-64 gives; emulated ARM runs this test too.
  Random random(6);
  uint32_t hash = 2166136261u;
  for (const char* op : {"exp", "log", "tanh", "sigmoid", "erf", "gelu", "gelu_tanh", "mish",
                         "softplus", "silu", "elu", "sin", "atan", "sinh", "rsqrt", "hard_swish"}) {
    TestTensor<float> x({4003}), y({4003});
    TestTensor<int8_t> q({4003});
    x.randomize([&] { return random.real(-9, 9); });
    TestCall real("elementwise"), quantized("elementwise");
    real.input(&x).output(&y).instruction(op, 0, {0}, 1).prepare_and_run();
    quantize_output(quantized.input(&x).output(&q), 11.7f, -4);
    quantized.instruction(op, 0, {0}, 1).prepare_and_run();
    for (int64_t i = 0; i < x.size(); ++i) {
      uint32_t bits;
      std::memcpy(&bits, &y[i], 4);
      hash = (hash ^ (std::isnan(y[i]) ? 0 : bits)) * 16777619u;
      hash = (hash ^ static_cast<uint8_t>(q[i])) * 16777619u;
    }
  }
  CHECK(hash == 65416484u);
}

TEST_CASE("lookup_s8 maps every byte") {
  Random random(7);
  TestTensor<uint8_t> table({256});
  table.randomize([&] { return random.integer(0, 255); });
  for (bool permuted : {false, true}) {
    const std::vector<int> shape = {2, 3, 1000, 5};
    TestTensor<int8_t> x(shape, permuted_strides(shape, {0, 3, 1, 2}, permuted ? 2 : 0, permuted));
    TestTensor<uint8_t> y(shape, permuted_strides(shape, {0, 1, 2, 3}, permuted ? 1 : 0, false));
    x.randomize([&] { return random.integer(-128, 127); });
    TestCall("lookup_s8").input(&x).input(&table).output(&y).prepare_and_run(permuted);
    bool equal = true;
    for (int64_t i = 0; i < y.size(); ++i)
      equal = equal && y[i] == table[static_cast<uint8_t>(x[i])];
    CHECK(equal);
    CHECK(y.untouched());
  }
  TestTensor<uint8_t> short_table({255});
  TestTensor<int8_t> x({4});
  CHECK(TestCall("lookup_s8").input(&x).input(&short_table).output(&x).prepare() ==
        Status::kBundle);
}

}  // namespace edgert
