// scatter against one element at a time.
#include <algorithm>

#include "tests/kernel_call.h"

namespace edgert::testing {
namespace {

template <typename T>
T combined(int reduction, T a, T b) {
  switch (reduction) {
    case 1:
      return a + b;
    case 2:
      return a * b;
    case 3:
      return std::min(a, b);
    case 4:
      return std::max(a, b);
    default:
      return b;
  }
}

// Tuples of `depth` indices for rows of `row` elements; the index is the same along a row.
template <typename T, typename Index>
void check_rows(const std::vector<int>& dims, int depth, int n, int reduction) {
  Random random(5);
  TestTensor<T> data(dims), y(dims);
  const int row = static_cast<int>(data.size()) / [&] {
    int rows = 1;
    for (int i = 0; i < depth; ++i) rows *= dims[static_cast<size_t>(i)];
    return rows;
  }();
  TestTensor<T> updates(dims.size() == static_cast<size_t>(depth) ? std::vector<int>{n}
                                                                  : std::vector<int>{n, row});
  const bool has_rows = updates.tensor().rank == 2;
  TestTensor<Index> tuples({n, depth});
  data.randomize([&] { return random.integer(-9, 9); });
  updates.randomize([&] { return random.integer(-9, 9); });
  for (int64_t i = 0; i < tuples.size(); ++i) {
    const int size = dims[static_cast<size_t>(i % depth)];
    tuples[i] = static_cast<Index>(random.integer(-size, size - 1));
  }
  Tensor indices = tuples.tensor();
  if (has_rows) {
    indices.rank = 3;
    indices.dims[1] = row, indices.strides[1] = 0;
    indices.dims[2] = depth, indices.strides[2] = 1;
  }
  std::vector<T> expected = data.values();
  for (int i = 0; i < n; ++i) {
    int64_t at = 0;
    for (int d = 0; d < depth; ++d) {
      const int size = dims[static_cast<size_t>(d)];
      const int64_t index = tuples[i * depth + d];
      at = at * size + (index < 0 ? index + size : index);
    }
    for (int j = 0; j < row; ++j) {
      T& old = expected[static_cast<size_t>(at * row + j)];
      old = combined<T>(reduction, old, updates[i * row + j]);
    }
  }
  TestCall call("scatter");
  call.input(&data).input(&indices).input(&updates).output(&y).set("reduction", reduction);
  call.threads(3).prepare_and_run(/*split=*/true);
  CHECK(y.values() == expected);
  CHECK(y.untouched());
}

TEST_CASE_TEMPLATE("scatter of rows", T, int32_t, int64_t, float, double) {
  for (int reduction = 0; reduction < 5; ++reduction) {
    CAPTURE(reduction);
    check_rows<T, int64_t>({5, 7}, 1, 9, reduction);
    check_rows<T, int32_t>({3, 4, 6}, 2, 20, reduction);
    check_rows<T, int64_t>({11}, 1, 30, reduction);
    check_rows<T, int64_t>({3, 2, 4}, 3, 10, reduction);
  }
  check_rows<T, int64_t>({6, 20011}, 1, 4, 1);
}

TEST_CASE_TEMPLATE("scatter replaces elements of any size", T, int8_t, uint8_t, uint16_t) {
  check_rows<T, int64_t>({5, 7}, 1, 9, 0);
}

TEST_CASE("scatter of elements writes a part of the output, along any stride") {
  Random random(2);
  TestTensor<float> data({5, 6}, {1, 7}), y({5, 6}, {13, 2}), updates({4, 3});
  TestTensor<int64_t> indices({4, 3, 1}, {3, 1, 1});
  data.randomize([&] { return random.integer(-9, 9); });
  updates.randomize([&] { return random.integer(-9, 9); });
  indices.randomize([&] { return random.integer(-5, 4); });
  std::vector<float> expected = data.values();
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 3; ++j) {
      const int64_t at = (indices[i * 3 + j] + 5) % 5;
      expected[static_cast<size_t>(at * 6 + j)] = updates[i * 3 + j];
    }
  }
  TestCall call("scatter");
  call.input(&data).input(&indices).input(&updates).output(&y).prepare_and_run();
  CHECK(y.values() == expected);
  CHECK(y.untouched());
}

TEST_CASE("scatter without data, or in place, keeps the rest of the output") {
  auto updates = TestTensor<float>::of({1, 3}, {7, 8, 9});
  auto row = TestTensor<int64_t>::of({1, 1}, {2});
  Tensor indices = row.tensor();
  indices.rank = 3;
  indices.dims[1] = 3, indices.strides[1] = 0;
  indices.dims[2] = 1, indices.strides[2] = 1;
  for (bool in_place : {false, true}) {
    auto y = TestTensor<float>::of({4, 3}, {1, 2, 3});
    TestCall call("scatter");
    call.input(in_place ? &y : nullptr).input(&indices).input(&updates).output(&y);
    call.prepare_and_run();
    CHECK(y.values() == std::vector<float>{1, 2, 3, 1, 2, 3, 7, 8, 9, 1, 2, 3});
  }
}

TEST_CASE("scatter of an index out of range is a run-time error that names it") {
  TestTensor<float> data({5, 4}), y({5, 4}), updates({2});
  for (int64_t bad : {int64_t{4}, int64_t{-5}, INT64_MIN, INT64_MAX}) {
    auto indices = TestTensor<int64_t>::of({2, 2}, {0, 3, 4, bad});
    TestCall call("scatter");
    call.input(&data).input(&indices).input(&updates).output(&y);
    REQUIRE(call.prepare() == Status::kOk);
    CHECK(call.run() == Status::kRuntime);
    CHECK(std::string(call.message()).find(std::to_string(bad)) != std::string::npos);
  }
}

TEST_CASE("scatter refuses operands that do not fit") {
  TestTensor<float> data({5, 4}), y({5, 4}), updates({2}), many({2, 9}), cube({2, 3, 4});
  TestTensor<int8_t> bytes({5, 4}), byte_updates({2});
  TestTensor<int64_t> pairs({2, 2}), triples({2, 3}), wide({2, 9, 1}), deep({2, 3, 4, 1});
  const auto refused = [](Tensor* d, Tensor* i, Tensor* u, Tensor* out, int reduction = 0) {
    TestCall call("scatter");
    call.input(d).input(i).input(u).output(out).set("reduction", reduction);
    return call.prepare() == Status::kBundle;
  };
  CHECK(!refused(&data, &pairs, &updates, &y));
  CHECK(refused(&data, &triples, &updates, &y));
  CHECK(refused(&data, nullptr, &updates, &y));
  CHECK(refused(&bytes, &pairs, &updates, &y));
  CHECK(refused(&data, &pairs, &byte_updates, &y));
  CHECK(refused(&data, &wide, &many, &y));
  CHECK(refused(&data, &deep, &cube, &y));
  CHECK(refused(&bytes, &pairs, &byte_updates, &bytes, 1));
  CHECK(refused(&data, &pairs, &updates, &y, 5));
}

}  // namespace
}  // namespace edgert::testing
