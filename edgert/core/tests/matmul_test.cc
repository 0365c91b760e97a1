// matmul_f32 and matmul_s8 against the triple loop.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "tests/kernel_call.h"

namespace edgert {
namespace {

using testing::Random;
using testing::TestCall;
using testing::TestTensor;

struct Case {
  int batch, m, k, n;
};
const std::vector<Case> kCases = {{1, 1, 1, 1},     {2, 3, 5, 7},    {3, 17, 33, 31},
                                  {2, 98, 64, 98},  {1, 5, 2100, 3}, {1, 2, 1024, 50},
                                  {1, 9, 300, 700}, {4, 1, 16, 16}};

// Row-major, transposed, or the same matrix for the whole batch.
enum class Layout { kPlain, kTransposed, kShared };

template <typename T>
TestTensor<T> matrices(int batch, int rows, int cols, Layout layout) {
  const int64_t r = rows, c = cols;
  if (layout == Layout::kPlain) return TestTensor<T>({batch, rows, cols}, {r * (c + 2), c + 2, 1});
  if (layout == Layout::kTransposed) return TestTensor<T>({batch, rows, cols}, {r * c, 1, r});
  return TestTensor<T>({batch, rows, cols}, {0, c, 1});
}

template <typename Check>
void for_each_layout(Check check) {
  for (const Case& c : kCases) {
    for (Layout a : {Layout::kPlain, Layout::kTransposed, Layout::kShared}) {
      for (Layout b : {Layout::kPlain, Layout::kTransposed, Layout::kShared}) {
        for (Layout y : {Layout::kPlain, Layout::kTransposed}) check(c, a, b, y);
      }
    }
  }
}

}  // namespace

TEST_CASE("matmul_f32 multiplies matrices of any layout") {
  Random random(1);
  for_each_layout([&](const Case& c, Layout la, Layout lb, Layout ly) {
    auto a = matrices<float>(c.batch, c.m, c.k, la);
    auto b = matrices<float>(c.batch, c.k, c.n, lb);
    auto y = matrices<float>(c.batch, c.m, c.n, ly);
    TestTensor<float> bias({c.n});
    a.randomize([&] { return random.real(-1, 1); });
    b.randomize([&] { return random.real(-1, 1); });
    bias.randomize([&] { return random.real(-1, 1); });
    const bool with_bias = la != lb;
    const float alpha = with_bias ? 0.125f : 1.0f;
    TestCall call("matmul_f32");
    call.input(&a).input(&b).output(&y).set("alpha", alpha).threads(lb == Layout::kPlain ? 2 : 1);
    if (with_bias) call.input(&bias);
    call.prepare_and_run(ly == Layout::kTransposed);
    bool close = true;
    for (int64_t i = 0; i < y.size(); ++i) {
      const int64_t n = i % c.n, m = i / c.n % c.m, batch = i / c.n / c.m;
      double sum = 0;
      for (int64_t k = 0; k < c.k; ++k) {
        sum += static_cast<double>(a[(batch * c.m + m) * c.k + k]) *
               static_cast<double>(b[(batch * c.k + k) * c.n + n]);
      }
      sum = sum * static_cast<double>(alpha) + (with_bias ? static_cast<double>(bias[n]) : 0.0);
      close = close && std::fabs(static_cast<double>(y[i]) - sum) <=
                           8e-6 * static_cast<double>(alpha) * std::sqrt(c.k) + 1e-6;
    }
    CHECK_MESSAGE(close, c.m, " x ", c.k, " x ", c.n);
    CHECK(y.untouched());
  });
}

struct ZeroPoints {
  int a, b, y;
};

// Runs matmul_s8 and compares every byte with the triple loop.
void check_s8(TestTensor<int8_t>& a, TestTensor<int8_t>& b, TestTensor<int8_t>& y,
              const ZeroPoints& zero, float scale, int threads, bool split) {
  const int k = a.tensor().dims[2], n = b.tensor().dims[2], m = a.tensor().dims[1];
  TestCall call("matmul_s8");
  call.input(&a).input(&b).output(&y).threads(threads);
  call.set("a_zero_point", zero.a).set("b_zero_point", zero.b).set("y_zero_point", zero.y);
  call.set("scale", scale).set("act_min", -128 - zero.y).set("act_max", 127 - zero.y);
  call.prepare_and_run(split);
  bool equal = true;
  for (int64_t i = 0; i < y.size(); ++i) {
    const int64_t column = i % n, row = i / n;
    int sum = 0;
    for (int64_t j = 0; j < k; ++j) {
      sum += (a[row * k + j] - zero.a) * (b[(row / m * k + j) * n + column] - zero.b);
    }
    float t = static_cast<float>(sum) * scale;
    t = std::fmin(std::fmax(t, static_cast<float>(-128 - zero.y)),
                  static_cast<float>(127 - zero.y));
    equal = equal && y[i] == static_cast<int>(std::nearbyint(t)) + zero.y;
  }
  CHECK_MESSAGE(equal, m, " x ", k, " x ", n);
  CHECK(y.untouched());
}

TEST_CASE("matmul_s8 is exact for every byte, every layout and any depth") {
  Random random(2);
  for_each_layout([&](const Case& c, Layout la, Layout lb, Layout ly) {
    auto a = matrices<int8_t>(c.batch, c.m, c.k, la);
    auto b = matrices<int8_t>(c.batch, c.k, c.n, lb);
    auto y = matrices<int8_t>(c.batch, c.m, c.n, ly);
    // The largest sums too: -128 everywhere.
    const bool extreme = la == Layout::kShared;
    a.randomize([&] { return extreme ? -128 : random.integer(-128, 127); });
    b.randomize([&] { return extreme ? -128 : random.integer(-128, 127); });
    const float scale = extreme ? 90.0f / (121.0f * 228.0f * static_cast<float>(c.k))
                                : 0.01f / std::sqrt(static_cast<float>(c.k));
    check_s8(a, b, y, {-7, 100, 3}, scale, 3, ly == Layout::kTransposed);
  });
}

TEST_CASE("matmul_s8 is exact around the sizes of vectors and tiles") {
  Random random(3);
  const int zero_points[] = {-128, -1, 0, 127};
  for (int k : {1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 62, 63, 64, 65, 66, 511, 1019}) {
    for (int n : {1, 15, 16, 17, 47, 64, 65}) {
      const int m = random.integer(1, 40), batch = random.integer(1, 2);
      TestTensor<int8_t> a({batch, m, k}), y({batch, m, n});
      auto b = matrices<int8_t>(batch, k, n, n % 2 == 0 ? Layout::kPlain : Layout::kTransposed);
      // One -128 in b, or none.
      const int lowest = random.integer(0, 1) == 0 ? -127 : -128;
      a.randomize([&] { return random.integer(-128, 127); });
      b.randomize([&] { return random.integer(-127, 127); });
      b[random.integer(0, k * n - 1)] = static_cast<int8_t>(lowest);
      const auto zero_point = [&] { return zero_points[random.integer(0, 3)]; };
      const ZeroPoints zero{zero_point(), zero_point(), zero_point()};
      const int threads = random.integer(1, 3);
      check_s8(a, b, y, zero, 0.01f / std::sqrt(static_cast<float>(k)), threads, k % 2 == 0);
    }
  }
}

TEST_CASE("matmul_s8 takes strides that no layout has") {
  Random random(4);
  const auto random_bytes = [&](TestTensor<int8_t>& tensor) {
    tensor.randomize([&] { return random.integer(-128, 127); });
  };
  for (int k : {6, 20}) {
    TestTensor<int8_t> reversed({2, 13, k}, {13 * k, -k, 1}), spread({2, 13, k}, {1, 7 * k, 3});
    TestTensor<int8_t> same_rows({2, 13, k}, {k, 0, 1}), same_values({2, 13, k}, {13, 1, 0});
    TestTensor<int8_t> b({2, k, 18}, {36 * k, 2, 2 * k}), same_columns({2, k, 18}, {k, 1, 0});
    TestTensor<int8_t> y({2, 13, 18}, {3, 18 * 6, 6});
    for (TestTensor<int8_t>& right : {std::ref(b), std::ref(same_columns)}) {
      random_bytes(right);
      for (TestTensor<int8_t>& left :
           {std::ref(reversed), std::ref(spread), std::ref(same_rows), std::ref(same_values)}) {
        random_bytes(left);
        check_s8(left, right, y, {5, -3, 1}, 0.002f, 1, false);
      }
    }
  }
}

TEST_CASE("matmul_s8 takes any finite scale") {
  Random random(5);
  TestTensor<int8_t> a({1, 11, 12}), b({1, 12, 20}), y({1, 11, 20});
  a.randomize([&] { return random.integer(-128, 127); });
  b.randomize([&] { return random.integer(-128, 127); });
  for (float scale : {0.0f, 1.0f, -0.003f, 1e5f, -1e30f}) {
    check_s8(a, b, y, {1, 2, 3}, scale, 1, false);
  }
}

TEST_CASE("matmul refuses damaged calls") {
  TestTensor<float> a({2, 3, 4}), b({2, 4, 5}), y({2, 3, 5}), wrong({2, 5, 5}), bias({4}),
      flat({4});
  const auto prepare = [](const char* kernel, std::vector<Tensor*> inputs, Tensor* output) {
    TestCall call(kernel);
    for (Tensor* input : inputs) call.input(input);
    return call.output(output).prepare();
  };
  CHECK(prepare("matmul_f32", {&a, &b}, &y) == Status::kOk);
  CHECK(prepare("matmul_f32", {&a}, &y) == Status::kBundle);
  CHECK(prepare("matmul_f32", {&a, &wrong}, &y) == Status::kBundle);
  CHECK(prepare("matmul_f32", {&a, &b}, &wrong) == Status::kBundle);
  CHECK(prepare("matmul_f32", {&a, &b, &bias}, &y) == Status::kBundle);
  CHECK(prepare("matmul_f32", {&flat, &b}, &y) == Status::kBundle);
  CHECK(prepare("matmul_s8", {&a, &b}, &y) == Status::kBundle);
  TestTensor<int8_t> qa({1, 2, 2}), qb({1, 2, 2}), qy({1, 2, 2});
  TestCall call("matmul_s8");
  call.input(&qa).input(&qb).output(&qy).set("act_min", -1000).set("act_max", 1000);
  CHECK(call.prepare() == Status::kBundle);
}

}  // namespace edgert
