// Kernels of ai.onnx.ml operators against definitions that go node by node.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "tests/kernel_call.h"

namespace edgert::testing {
namespace {

constexpr uint32_t kLeaf = 0x80000000u, kMissing = 0x80000000u, kEqual = 0x40000000u;

template <typename T>
struct Word {
  using type = std::conditional_t<std::is_same_v<T, float>, int32_t, int64_t>;
};

// Random trees over shared arrays, packed as docs/kernels.md says.
template <typename T>
struct Trees {
  static constexpr int kWords = std::is_same_v<T, float> ? 4 : 3;
  static constexpr int kNodeBytes = kWords * static_cast<int>(sizeof(typename Word<T>::type));

  Trees(uint32_t seed, int features_, int nodes_, int trees_, int width_, int targets_, bool flags)
      : random(seed),
        features(features_),
        width(width_),
        targets(targets_),
        nodes({nodes_, kWords}),
        trees({trees_, 2}),
        leaves({5, width_}) {
    for (int i = 0; i < nodes_; ++i) {
      uint32_t test = static_cast<uint32_t>(random.integer(0, features - 1));
      if (flags && random.integer(0, 2) == 0) test |= kMissing;
      if (flags && random.integer(0, 2) == 0) test |= kEqual;
      const uint32_t words[] = {test, child(i + 1, nodes_), child(i + 1, nodes_)};
      const T threshold = static_cast<T>(random.integer(-2, 2));
      std::memcpy(bytes(i), &threshold, sizeof(T));
      std::memcpy(bytes(i) + sizeof(T), words, sizeof(words));
    }
    for (int t = 0; t < trees_; ++t) {
      trees[2 * t] = static_cast<int32_t>(t == 1 ? kLeaf | 3 : child(0, std::min(nodes_, 4)));
      trees[2 * t + 1] = random.integer(0, targets - width);
    }
    leaves.randomize([&] { return random.integer(-8, 8) / 4.0; });
    nodes.mark_constant();
    trees.mark_constant();
    leaves.mark_constant();
  }

  uint32_t child(int first, int count) {
    const bool leaf = first >= count || random.integer(0, 3) == 0;
    return static_cast<uint32_t>(leaf ? random.integer(0, 4)
                                      : random.integer(first, std::min(first + 3, count - 1))) |
           (leaf ? kLeaf : 0);
  }

  char* bytes(int node) { return reinterpret_cast<char*>(&nodes[0]) + node * kNodeBytes; }

  uint32_t leaf_of(uint32_t at, const std::vector<T>& x) {
    while ((at & kLeaf) == 0) {
      T threshold;
      uint32_t words[3];
      std::memcpy(&threshold, bytes(static_cast<int>(at)), sizeof(T));
      std::memcpy(words, bytes(static_cast<int>(at)) + sizeof(T), sizeof(words));
      const T value = x[words[0] & 0x3fffffffu];
      bool holds = (words[0] & kEqual) != 0 ? value == threshold : value <= threshold;
      if (std::isnan(value)) holds = (words[0] & kMissing) != 0;
      at = words[holds ? 1 : 2];
    }
    return at & ~kLeaf;
  }

  std::vector<T> expected(const std::vector<T>& x, int aggregate) {
    const T start[] = {0, std::numeric_limits<T>::infinity(), -std::numeric_limits<T>::infinity()};
    std::vector<T> y(static_cast<size_t>(targets), start[aggregate]);
    for (int t = 0; t < trees.size() / 2; ++t) {
      const uint32_t leaf = leaf_of(static_cast<uint32_t>(trees[2 * t]), x);
      for (int i = 0; i < width; ++i) {
        T& value = y[static_cast<size_t>(trees[2 * t + 1] + i)];
        const T weight = leaves[leaf * width + i];
        value = aggregate == 0   ? value + weight
                : aggregate == 1 ? std::min(value, weight)
                                 : std::max(value, weight);
      }
    }
    for (T& value : y) value = std::isinf(value) ? T{0} : value;
    return y;
  }

  Random random;
  int features, width, targets;
  TestTensor<typename Word<T>::type> nodes;
  TestTensor<int32_t> trees;
  TestTensor<T> leaves;
};

TEST_CASE_TEMPLATE("tree_ensemble", T, float, double) {
  for (uint32_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const int rows = random.integer(1, seed % 5 == 0 ? 150 : 20);
    const int targets = random.integer(1, 4);
    const int width = random.integer(0, 1) == 0 ? targets : 1;
    const int features = random.integer(1, 6);
    Trees<T> trees(seed, features, random.integer(1, 40), random.integer(1, 19), width, targets,
                   seed % 2 == 0);
    TestTensor<T> x({rows, features}, {features + 3, 1});
    x.randomize([&] {
      return seed % 3 == 0 && random.integer(0, 4) == 0 ? std::nan("") : random.integer(-3, 3);
    });
    TestTensor<T> y({rows, targets}, {1, rows});
    const int aggregate = random.integer(0, 2);
    TestCall call("tree_ensemble");
    call.input(&x).input(&trees.nodes).input(&trees.trees).input(&trees.leaves).output(&y);
    call.set("aggregate", aggregate).prepare_and_run(seed % 2 == 0);
    for (int r = 0; r < rows; ++r) {
      std::vector<T> row;
      for (int i = 0; i < features; ++i) row.push_back(x[r * features + i]);
      const std::vector<T> expected = trees.expected(row, aggregate);
      for (int i = 0; i < targets; ++i) CHECK(y[r * targets + i] == expected[size_t(i)]);
    }
    CHECK(y.untouched());
  }
}

TEST_CASE("tree_ensemble refuses trees that could leave their arrays or never end") {
  TestTensor<float> x({2, 3}), y({2, 2});
  const auto message = [&](int word, uint32_t value, bool in_tree) {
    Trees<float> trees(1, 3, 6, 4, 1, 2, false);
    TestTensor<int32_t>& target = in_tree ? trees.trees : trees.nodes;
    target[word] = static_cast<int32_t>(value);
    TestCall call("tree_ensemble");
    call.input(&x).input(&trees.nodes).input(&trees.trees).input(&trees.leaves).output(&y);
    return call.prepare() == Status::kOk ? std::string() : std::string(call.message());
  };
  CHECK(message(0, 0, false).empty());
  CHECK(message(1, 3, false).find("feature") != std::string::npos);
  for (uint32_t child : {0u, 6u, 0x7fffffffu, kLeaf | 5, ~0u}) {
    CHECK(message(2, child, false).find("child") != std::string::npos);
    CHECK(message(3, child, false).find("child") != std::string::npos);
  }
  CHECK(message(4 * 5 + 2, 5, false).find("child") != std::string::npos);
  CHECK(message(0, 6, true).find("root") != std::string::npos);
  CHECK(message(0, kLeaf | 5, true).find("root") != std::string::npos);
  CHECK(message(1, 2, true).find("target") != std::string::npos);
  CHECK(message(1, ~0u, true).find("target") != std::string::npos);
}

TEST_CASE("tree_ensemble refuses operands of other types and shapes") {
  Trees<float> trees(1, 3, 6, 4, 1, 2, false);
  TestTensor<float> x({2, 3}), y({2, 2}), narrow({2, 3}, {3, 2});
  TestTensor<double> wide({2, 3});
  TestTensor<float> computed({5, 1});
  const auto refused = [&](Tensor* features, Tensor* leaves, int aggregate) {
    TestCall call("tree_ensemble");
    call.input(features).input(&trees.nodes).input(&trees.trees).input(leaves).output(&y);
    return call.set("aggregate", aggregate).prepare() != Status::kOk;
  };
  CHECK(!refused(&x, &trees.leaves, 0));
  CHECK(refused(&x, &trees.leaves, 3));
  CHECK(refused(&narrow, &trees.leaves, 0));
  CHECK(refused(&wide, &trees.leaves, 0));
  CHECK(refused(&x, &computed, 0));
}

TEST_CASE("pairwise_coupling finds the stationary point") {
  Random random(5);
  for (int classes = 2; classes < 9; ++classes) {
    const int pairs = classes * (classes - 1) / 2;
    TestTensor<float> r({4, pairs}), p({4, classes});
    // Pairs that agree with each other: r[i, j] = w[i] / (w[i] + w[j]) has the solution w.
    std::vector<std::vector<float>> weights;
    for (int row = 0, k = 0; row < 4; ++row) {
      std::vector<float> w;
      for (int i = 0; i < classes; ++i) w.push_back(random.real(0.2f, 1.0f));
      for (int i = 0; i < classes; ++i) {
        for (int j = i + 1; j < classes; ++j) r[k++] = w[size_t(i)] / (w[size_t(i)] + w[size_t(j)]);
      }
      weights.push_back(w);
    }
    TestCall call("pairwise_coupling");
    call.input(&r).output(&p).prepare_and_run(/*split=*/true);
    CHECK(p.untouched());
    for (int row = 0; row < 4; ++row) {
      float total = 0, sum = 0;
      for (int i = 0; i < classes; ++i) total += weights[size_t(row)][size_t(i)];
      for (int i = 0; i < classes; ++i) {
        const float expected = weights[size_t(row)][size_t(i)] / total;
        CHECK(std::abs(p[row * classes + i] - expected) < 0.02f);
        sum += p[row * classes + i];
      }
      CHECK(sum == doctest::Approx(1.0));
    }
  }
}

TEST_CASE("pairwise_coupling refuses columns that are no pairs") {
  TestTensor<float> r({2, 4}), p({2, 3});
  TestCall call("pairwise_coupling");
  CHECK(call.input(&r).output(&p).prepare() == Status::kBundle);
}

}  // namespace
}  // namespace edgert::testing
