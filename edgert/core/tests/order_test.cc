// Kernels that order or count elements, against sorting in the standard library.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "tests/kernel_call.h"

namespace edgert::testing {
namespace {

template <typename T>
void check_top_k(int outer, int n, int inner, int k, bool smallest, int range) {
  Random random(11);
  TestTensor<T> x({outer, n, inner}, {n * inner, 1, n});
  TestTensor<T> values({outer, k, inner});
  TestTensor<int64_t> indices({outer, k, inner}, {k * inner, 1, k});
  x.randomize([&] { return random.integer(-range, range); });
  TestCall call("top_k");
  call.input(&x).output(&values).output(&indices).set("smallest", smallest);
  call.prepare_and_run(/*split=*/true);
  for (int o = 0; o < outer; ++o) {
    for (int j = 0; j < inner; ++j) {
      const auto at = [&](int64_t i) { return x[(o * n + i) * inner + j]; };
      std::vector<int64_t> order(static_cast<size_t>(n));
      std::iota(order.begin(), order.end(), 0);
      std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
        return smallest ? at(a) < at(b) : at(a) > at(b);
      });
      for (int i = 0; i < k; ++i) {
        CHECK(indices[(o * k + i) * inner + j] == order[static_cast<size_t>(i)]);
        CHECK(values[(o * k + i) * inner + j] == at(order[static_cast<size_t>(i)]));
      }
    }
  }
  CHECK(values.untouched());
  CHECK(indices.untouched());
}

TEST_CASE_TEMPLATE("top_k", T, float, double, int32_t, int64_t, int8_t, uint8_t) {
  for (bool smallest : {false, true}) {
    CAPTURE(smallest);
    check_top_k<T>(2, 9, 3, 4, smallest, 3);
    check_top_k<T>(1, 257, 1, 257, smallest, 100);
    check_top_k<T>(3, 1, 2, 1, smallest, 5);
  }
  check_top_k<T>(40, 300, 2, 7, false, 100);
}

TEST_CASE("top_k takes NaN for the largest, and zeros for equal") {
  const float nan = std::nanf(""), infinity = std::numeric_limits<float>::infinity();
  auto x = TestTensor<float>::of({1, 6, 1}, {-0.0f, nan, 0.0f, infinity, -infinity, -1.0f});
  TestTensor<float> values({1, 6, 1});
  TestTensor<int64_t> indices({1, 6, 1});
  TestCall call("top_k");
  call.input(&x).output(&values).output(&indices).prepare_and_run();
  CHECK(indices.values() == std::vector<int64_t>{1, 3, 0, 2, 5, 4});
}

TEST_CASE("top_k refuses operands that do not fit") {
  TestTensor<float> x({2, 5, 1}), values({2, 3, 1}), many({2, 6, 1});
  TestTensor<int64_t> indices({2, 3, 1}), many_indices({2, 6, 1});
  CHECK(TestCall("top_k").input(&x).output(&values).output(&indices).prepare() == Status::kOk);
  CHECK(TestCall("top_k").input(&x).output(&many).output(&many_indices).prepare() ==
        Status::kBundle);
  CHECK(TestCall("top_k").input(&x).output(&values).output(&many_indices).prepare() ==
        Status::kBundle);
  CHECK(TestCall("top_k").input(&x).output(&values).output(&values).prepare() == Status::kBundle);
  CHECK(TestCall("top_k").input(&x).output(&values).prepare() == Status::kBundle);
}

TEST_CASE("true_positions") {
  for (const auto& [condition, expected] :
       std::vector<std::pair<std::vector<bool>, std::vector<int64_t>>>{
           {{false, true, false, true, true}, {1, 3, 4, 1, 1}},
           {{false, false}, {0, 0}},
           {{true, true, true}, {0, 1, 2}}}) {
    const int n = static_cast<int>(condition.size());
    TestTensor<bool> holds({n}, {3});
    for (int i = 0; i < n; ++i) holds[i] = condition[static_cast<size_t>(i)];
    TestTensor<int64_t> positions({n}, {2}), count({1});
    TestCall call("true_positions");
    call.input(&holds).output(&positions).output(&count).prepare_and_run();
    CHECK(positions.values() == expected);
    CHECK(count[0] == std::count(condition.begin(), condition.end(), true));
    CHECK(positions.untouched());
  }
  TestTensor<bool> condition({5});
  TestTensor<int64_t> positions({5}), few({4}), count({1});
  TestCall short_positions("true_positions"), no_count("true_positions");
  short_positions.input(&condition).output(&few).output(&count);
  CHECK(short_positions.prepare() == Status::kBundle);
  CHECK(no_count.input(&condition).output(&positions).prepare() == Status::kBundle);
}

struct Unique {
  explicit Unique(int n) : positions({n}), inverse({n}), counts({n}), count({1}) {}
  TestTensor<int64_t> positions, inverse, counts, count;
};

TEST_CASE_TEMPLATE("unique rows", T, float, int8_t, int64_t) {
  auto x = TestTensor<T>::of({6, 2}, {3, 1, 2, 5, 3, 1, 2, 4, 2, 5, 3, 1});
  Unique sorted(6), found(6), limited(6);
  const auto run = [&](Unique& y, bool in_order, Tensor* limit) {
    TestCall call("unique");
    call.input(&x).input(limit).output(&y.positions).output(&y.inverse).output(&y.counts);
    call.output(&y.count).set("sorted", in_order).prepare_and_run();
  };
  run(sorted, true, nullptr);
  CHECK(sorted.count[0] == 3);
  CHECK(sorted.positions.values() == std::vector<int64_t>{3, 1, 0, 3, 3, 3});
  CHECK(sorted.inverse.values() == std::vector<int64_t>{2, 1, 2, 0, 1, 2});
  CHECK(sorted.counts.values() == std::vector<int64_t>{1, 2, 3, 0, 0, 0});
  run(found, false, nullptr);
  CHECK(found.positions.values() == std::vector<int64_t>{0, 1, 3, 0, 0, 0});
  CHECK(found.inverse.values() == std::vector<int64_t>{0, 1, 0, 2, 1, 0});
  CHECK(found.counts.values() == std::vector<int64_t>{3, 2, 1, 0, 0, 0});
  for (int64_t rows : {int64_t{3}, int64_t{0}, int64_t{-7}, INT64_MAX}) {
    auto limit = TestTensor<int64_t>::of({1}, {rows});
    run(limited, true, &limit);
    CHECK(limited.count[0] == (rows == 3 ? 2 : rows > 3 ? 3 : 0));
  }
}

TEST_CASE("unique refuses operands that do not fit") {
  TestTensor<float> x({6, 2}), row({6});
  Unique y(6), small(5);
  const auto prepare = [](Tensor* rows, Unique& outputs, Tensor* positions) {
    TestCall call("unique");
    call.input(rows).input(nullptr).output(positions).output(&outputs.inverse);
    return call.output(&outputs.counts).output(&outputs.count).prepare();
  };
  CHECK(prepare(&x, y, &y.positions) == Status::kOk);
  CHECK(prepare(&row, y, &y.positions) == Status::kBundle);
  CHECK(prepare(&x, y, &small.positions) == Status::kBundle);
}

template <typename T>
void check_cumulative(bool product, bool exclusive, std::vector<int64_t> strides) {
  Random random(4);
  TestTensor<T> x({3, 7, 70}, strides), y({3, 7, 70});
  x.randomize([&] { return random.integer(-3, 3); });
  TestCall call("cumulative");
  call.input(&x).output(&y).set("product", product).set("exclusive", exclusive);
  call.prepare_and_run(/*split=*/true);
  for (int o = 0; o < 3; ++o) {
    for (int j = 0; j < 70; ++j) {
      T total = product ? 1 : 0;
      for (int i = 0; i < 7; ++i) {
        const int64_t at = (o * 7 + i) * 70 + j;
        const T next = product ? total * x[at] : total + x[at];
        CHECK(y[at] == (exclusive ? total : next));
        total = next;
      }
    }
  }
}

TEST_CASE_TEMPLATE("cumulative", T, float, double, int32_t, int64_t) {
  for (bool product : {false, true}) {
    for (bool exclusive : {false, true}) {
      check_cumulative<T>(product, exclusive, {490, 70, 1});
      check_cumulative<T>(product, exclusive, {1, -3, 30});
    }
  }
  TestTensor<int8_t> bytes({3, 7, 70});
  TestTensor<T> x({3, 7, 70}), other({3, 7, 69});
  CHECK(TestCall("cumulative").input(&bytes).output(&bytes).prepare() == Status::kBundle);
  CHECK(TestCall("cumulative").input(&x).output(&other).prepare() == Status::kBundle);
}

// Boxes on a line: box i covers [at[i], at[i] + 10] × [0, 1].
TestTensor<float> boxes_at(const std::vector<float>& at, bool center) {
  TestTensor<float> boxes({1, static_cast<int>(at.size()), 4});
  for (size_t i = 0; i < at.size(); ++i) {
    const std::vector<float> box = center ? std::vector<float>{at[i] + 5, 0.5f, 10, 1}
                                          : std::vector<float>{at[i] + 10, 0, at[i], 1};
    for (size_t k = 0; k < 4; ++k) boxes[static_cast<int64_t>(4 * i + k)] = box[k];
  }
  return boxes;
}

TEST_CASE("non_max_suppression") {
  // Neighbours at distance 2 overlap by 8 / 12, at distance 5 by 5 / 15.
  const std::vector<float> at = {0, 2, 100, 5, 200};
  for (bool center : {false, true}) {
    CAPTURE(center);
    auto boxes = boxes_at(at, center);
    auto scores = TestTensor<float>::of({1, 2, 5}, {.5f, .9f, .9f, .4f, .1f, .3f, 0, 0, 0, .2f});
    auto overlap = TestTensor<float>::of({1}, {0.5f}), least = TestTensor<float>::of({1}, {0.15f});
    auto limit = TestTensor<int64_t>::of({1}, {2});
    TestTensor<int64_t> selected({1, 2, 4, 3});
    TestTensor<bool> kept({1, 2, 4});
    const auto run = [&](Tensor* most) {
      TestCall call("non_max_suppression");
      call.input(&boxes).input(&scores).input(most).input(&overlap).input(&least);
      call.output(&selected).output(&kept).set("center_point_box", center);
      call.prepare_and_run(/*split=*/true);
    };
    run(nullptr);
    // Box 3 overlaps box 1 by 7 / 13, and box 0 by less, but box 0 has gone.
    CHECK(selected.values() == std::vector<int64_t>{0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0,  //
                                                    0, 1, 0, 0, 1, 4, 0, 1, 0, 0, 1, 0});
    CHECK(kept.values() == std::vector<bool>{true, true, false, false, true, true, false, false});
    limit[0] = 1;
    run(&limit);
    CHECK(kept.values() == std::vector<bool>{true, false, false, false, true, false, false, false});
    limit[0] = INT64_MIN;
    run(&limit);
    CHECK(kept.values() == std::vector<bool>(8, false));
  }
}

TEST_CASE("non_max_suppression refuses operands that do not fit") {
  TestTensor<float> boxes({1, 5, 4}), corners({1, 5, 2}), scores({1, 2, 5}), fewer({1, 2, 4});
  TestTensor<int64_t> selected({1, 2, 4, 3});
  TestTensor<bool> kept({1, 2, 4}), other({1, 2, 3});
  const auto prepare = [&](Tensor* where, Tensor* value, Tensor* keep, Tensor* limit = nullptr) {
    TestCall call("non_max_suppression");
    call.input(where).input(value).input(limit).input(nullptr).input(nullptr);
    return call.output(&selected).output(keep).prepare();
  };
  CHECK(prepare(&boxes, &scores, &kept) == Status::kOk);
  CHECK(prepare(&corners, &scores, &kept) == Status::kBundle);
  CHECK(prepare(&boxes, &fewer, &kept) == Status::kBundle);
  CHECK(prepare(&boxes, &scores, &other) == Status::kBundle);
  CHECK(prepare(&boxes, &scores, &kept, &scores) == Status::kBundle);
  CHECK(prepare(&boxes, nullptr, &kept) == Status::kBundle);
}

}  // namespace
}  // namespace edgert::testing
