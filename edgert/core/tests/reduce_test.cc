// Reductions, arg_max, softmax and dynamic_quantize against double arithmetic.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "tests/kernel_call.h"

namespace edgert {
namespace {

using testing::Random;
using testing::TestCall;
using testing::TestTensor;

const std::vector<std::vector<int>> kShapes = {
    {2, 7, 5, 33}, {1, 1, 1, 1000}, {3, 300, 1, 2}, {1, 49, 1, 1280}};

// Strides of `dims` in memory order 0, 3, 1, 2 with a gap.
std::vector<int64_t> planar_strides(const std::vector<int>& d) {
  return {int64_t{d[3]} * d[1] * d[2] + 3, d[2], 1, int64_t{d[1]} * d[2]};
}

std::vector<int> reduced_dims(std::vector<int> dims, int mask) {
  for (int i = 0; i < 4; ++i) {
    if (mask >> i & 1) dims[static_cast<size_t>(i)] = 1;
  }
  return dims;
}

// Index into y of element `i` of x.
int64_t target(const std::vector<int>& x, const std::vector<int>& y, int64_t i) {
  int64_t index = 0, step = 1;
  for (size_t k = 4; k-- > 0;) {
    index += i % x[k] % y[k] * step;
    step *= y[k];
    i /= x[k];
  }
  return index;
}

template <typename T>
void check_reduce(const char* kernel, double initial,
                  const std::function<double(double, double)>& combine, bool mean,
                  double tolerance) {
  Random random(1);
  for (const auto& dims : kShapes) {
    for (int mask = 1; mask < 16; ++mask) {
      const std::vector<int> y_dims = reduced_dims(dims, mask);
      for (bool planar : {false, true}) {
        TestTensor<T> x = planar ? TestTensor<T>(dims, planar_strides(dims)) : TestTensor<T>(dims);
        TestTensor<T> y(y_dims);
        const bool prod = std::string(kernel) == "reduce_prod";
        x.randomize([&] {
          if (std::is_same_v<T, float>)
            return prod ? random.real(0.99f, 1.01f) : random.real(-2, 3);
          return static_cast<float>(prod ? random.integer(0, 1) * 2 - 1
                                         : random.integer(-100, 100));
        });
        TestCall call(kernel);
        call.input(&x).output(&y).prepare_and_run(planar);
        std::vector<double> expected(static_cast<size_t>(y.size()), initial);
        for (int64_t i = 0; i < x.size(); ++i) {
          double& e = expected[static_cast<size_t>(target(dims, y_dims, i))];
          e = combine(e, static_cast<double>(x[i]));
        }
        bool close = true;
        for (int64_t i = 0; i < y.size(); ++i) {
          double e = expected[static_cast<size_t>(i)];
          if (mean) e /= static_cast<double>(x.size() / y.size());
          if (!std::is_same_v<T, float>) e = std::trunc(e);
          close = close && std::fabs(static_cast<double>(y[i]) - e) <=
                               tolerance * std::max(1.0, std::fabs(e));
        }
        CHECK_MESSAGE(close, std::string(kernel), " mask ", mask);
        CHECK(y.untouched());
      }
    }
  }
}

template <typename T>
void check_all(double tolerance) {
  const double inf = std::numeric_limits<double>::infinity();
  check_reduce<T>(
      "reduce_sum", 0, [](double a, double b) { return a + b; }, false, tolerance);
  check_reduce<T>(
      "reduce_mean", 0, [](double a, double b) { return a + b; }, true, tolerance);
  check_reduce<T>(
      "reduce_max", -inf, [](double a, double b) { return std::max(a, b); }, false, 0);
  check_reduce<T>(
      "reduce_min", inf, [](double a, double b) { return std::min(a, b); }, false, 0);
  check_reduce<T>(
      "reduce_prod", 1, [](double a, double b) { return a * b; }, false, tolerance);
}

std::vector<double> softmax(const std::vector<double>& x) {
  double maximum = x[0], sum = 0;
  for (double v : x) maximum = std::max(maximum, v);
  std::vector<double> y;
  for (double v : x) y.push_back(std::exp(v - maximum));
  for (double v : y) sum += v;
  for (double& v : y) v /= sum;
  return y;
}

}  // namespace

TEST_CASE("reductions over floats") { check_all<float>(2e-5); }
TEST_CASE("reductions over int32") { check_all<int32_t>(0); }
TEST_CASE("reductions over int64") { check_all<int64_t>(0); }

TEST_CASE("reductions propagate NaN and refuse damaged calls") {
  for (const char* kernel : {"reduce_max", "reduce_min", "reduce_sum"}) {
    for (int64_t place : {0, 5, 20, 39}) {
      auto x = TestTensor<float>::of({40}, {1.0f});
      TestTensor<float> y({1}), wrong({2}), matrix({1, 1});
      TestTensor<int32_t> integers({1});
      TestTensor<float> empty({0});
      x[place] = std::nanf("");
      TestCall(kernel).input(&x).output(&y).prepare_and_run();
      CHECK(std::isnan(y[0]));
      CHECK(TestCall(kernel).input(&x).output(&wrong).prepare() == Status::kBundle);
      CHECK(TestCall(kernel).input(&x).output(&matrix).prepare() == Status::kBundle);
      CHECK(TestCall(kernel).input(&x).output(&integers).prepare() == Status::kBundle);
      CHECK(TestCall(kernel).input(&empty).output(&y).prepare() == Status::kBundle);
    }
  }
}

TEST_CASE("arg_max and arg_min find the first or last best index") {
  Random random(3);
  for (const auto& dims : kShapes) {
    for (int axis = 0; axis < 4; ++axis) {
      for (bool last : {false, true}) {
        const std::vector<int> y_dims = reduced_dims(dims, 1 << axis);
        TestTensor<float> x(dims, planar_strides(dims));
        x.randomize([&] { return random.integer(-3, 3); });
        TestTensor<int64_t> y_max(y_dims), y_min(y_dims);
        TestCall("arg_max")
            .input(&x)
            .output(&y_max)
            .set("select_last_index", last)
            .prepare_and_run();
        TestCall("arg_min")
            .input(&x)
            .output(&y_min)
            .set("select_last_index", last)
            .prepare_and_run(true);
        std::vector<float> best(static_cast<size_t>(y_max.size()), -10), worst(best.size(), 10);
        std::vector<int64_t> best_at(best.size()), worst_at(best.size());
        for (int64_t i = 0; i < x.size(); ++i) {
          const size_t to = static_cast<size_t>(target(dims, y_dims, i));
          int64_t index = i;
          for (int k = 3; k > axis; --k) index /= dims[static_cast<size_t>(k)];
          index %= dims[static_cast<size_t>(axis)];
          if (x[i] > best[to] || (last && x[i] == best[to])) best[to] = x[i], best_at[to] = index;
          if (x[i] < worst[to] || (last && x[i] == worst[to]))
            worst[to] = x[i], worst_at[to] = index;
        }
        CHECK(y_max.values() == best_at);
        CHECK(y_min.values() == worst_at);
      }
    }
  }
  TestTensor<float> x({2, 3});
  TestTensor<int64_t> y({1, 1});
  CHECK(TestCall("arg_max").input(&x).output(&y).prepare() == Status::kBundle);
}

TEST_CASE("softmax and log_softmax agree with double arithmetic, for any layout") {
  Random random(4);
  for (int n : {1, 2, 15, 16, 17, 98, 1000, 3001}) {
    for (int inner : {1, 3}) {
      for (float range : {1.0f, 80.0f}) {
        TestTensor<float> x({3, n, inner}), y({3, n, inner}),
            log_y({3, n, inner}, {int64_t{n} * inner, 1, n});
        x.randomize([&] { return random.real(-range, range); });
        TestCall("softmax").input(&x).output(&y).prepare_and_run(true);
        TestCall("log_softmax").input(&x).output(&log_y).prepare_and_run();
        bool close = true;
        for (int outer = 0; outer < 3; ++outer) {
          for (int j = 0; j < inner; ++j) {
            std::vector<double> row;
            for (int i = 0; i < n; ++i)
              row.push_back(static_cast<double>(x[(outer * int64_t{n} + i) * inner + j]));
            const std::vector<double> expected = softmax(row);
            for (int i = 0; i < n; ++i) {
              const double e = expected[static_cast<size_t>(i)];
              const int64_t at = (outer * int64_t{n} + i) * inner + j;
              close = close && std::fabs(static_cast<double>(y[at]) - e) <= 1e-6 * e + 1e-37;
              close = close && std::fabs(static_cast<double>(log_y[at]) - std::log(e)) <=
                                   2e-6 * std::max(1.0, std::fabs(std::log(e)));
            }
          }
        }
        CHECK_MESSAGE(close, n, " x ", inner);
        CHECK(y.untouched());
        CHECK(log_y.untouched());
      }
    }
  }
  TestTensor<float> x({3, 4, 5}), y({3, 4, 6});
  TestTensor<float> flat({3, 4});
  CHECK(TestCall("softmax").input(&x).output(&y).prepare() == Status::kBundle);
  CHECK(TestCall("softmax").input(&flat).output(&flat).prepare() == Status::kBundle);
}

TEST_CASE("dynamic_quantize is DynamicQuantizeLinear with signed values") {
  Random random(5);
  for (int count : {1, 15, 16, 1000, 5000}) {
    for (const auto& [low, high] :
         std::vector<std::pair<float, float>>{{-1, 3}, {2, 5}, {-7, -1}, {0, 0}}) {
      TestTensor<float> x({count, 2}, {1, count + 1});
      TestTensor<int8_t> y({count, 2});
      TestTensor<float> quantization({2});
      x.randomize([&, l = low, h = high] { return random.real(l, h); });
      TestCall call("dynamic_quantize");
      call.input(&x).output(&y).output(&quantization).prepare_and_run();
      float minimum = 0, maximum = 0;
      for (int64_t i = 0; i < x.size(); ++i)
        minimum = std::min(minimum, x[i]), maximum = std::max(maximum, x[i]);
      const float scale = maximum == minimum ? 1.0f : (maximum - minimum) / 255.0f;
      const float unsigned_zero =
          std::nearbyint(std::min(255.0f, std::max(0.0f, 0.0f - minimum / scale)));
      CHECK(quantization[0] == scale);
      CHECK(quantization[1] == unsigned_zero - 128.0f);
      bool equal = true;
      for (int64_t i = 0; i < x.size(); ++i) {
        const float q =
            std::min(255.0f, std::max(0.0f, std::nearbyint(x[i] / scale) + unsigned_zero));
        equal = equal && static_cast<float>(y[i]) == q - 128.0f;
      }
      CHECK(equal);
      CHECK(y.untouched());
      CHECK(quantization.untouched());
    }
  }
}

}  // namespace edgert
