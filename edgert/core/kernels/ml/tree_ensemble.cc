// tree_ensemble: sums, minima or maxima over the leaves that rows reach, docs/kernels.md.
//
// Eight walks go down at once, so that their loads overlap: one tree for eight rows, or eight trees
// for one of the rows that are left over. A walk that has ended waits for the others. As children
// come after their parents, each of them ends.
#include <algorithm>
#include <limits>

#include "runtime/kernel.h"

namespace edgert {
namespace {

constexpr int kWalks = 8;
constexpr int64_t kTileRows = 64;

// A reference to a node or, with this bit, to a row of leaves.
constexpr uint32_t kLeaf = 0x80000000u;
// Bits of Node::test; below them is the index of a feature.
constexpr uint32_t kMissing = 0x80000000u;  // holds for NaN, too
constexpr uint32_t kEqual = 0x40000000u;    // x == threshold instead of x <= threshold
constexpr uint32_t kFeature = 0x3fffffffu;

enum Aggregate : int32_t { kSum = 0, kMin = 1, kMax = 2 };

struct Params {
  int32_t aggregate;
};
constexpr ParamField kFields[] = {EDGERT_FIELD(Params, aggregate)};

template <typename T>
struct Node;
template <>
struct Node<float> {  // a row of s32[n, 4]
  float threshold;
  uint32_t test;
  uint32_t child[2];  // where the test holds, where it does not
};
template <>
struct Node<double> {  // a row of s64[n, 3]
  double threshold;
  uint32_t test;
  uint32_t child[2];
  uint32_t reserved;
};
static_assert(sizeof(Node<float>) == 16 && sizeof(Node<double>) == 24);

struct Tree {  // a row of s32[n, 2]
  uint32_t root;
  int32_t target;
};

template <typename T>
using Walk = void (*)(uint32_t* at, const Node<T>* nodes, const T* const* rows);

// at: from roots to leaves.
template <typename T, bool only_thresholds>
void walk(uint32_t* at, const Node<T>* nodes, const T* const* rows) {
  uint32_t walking = kLeaf;
  while (walking != 0) {
    walking = 0;
    for (int k = 0; k < kWalks; ++k) {
      const uint32_t from = at[k];
      const bool ended = (from & kLeaf) != 0;
      const Node<T>& node = nodes[ended ? 0 : from];
      const T x = rows[k][only_thresholds ? node.test : node.test & kFeature];
      bool holds = x <= node.threshold;
      if (!only_thresholds) {
        holds = (node.test & kEqual) != 0 ? x == node.threshold : holds;
        holds |= ((node.test & kMissing) != 0) & (x != x);
      }
      const uint32_t to = node.child[holds ? 0 : 1];
      at[k] = ended ? from : to;
      walking |= ~at[k] & kLeaf;
    }
  }
}

template <typename T>
struct Ensemble {
  const Node<T>* nodes;
  const Tree* trees;
  const T* leaves;
  int64_t tree_count;
  int64_t width;  // of a row of leaves
  int32_t aggregate;

  explicit Ensemble(const Call& call)
      : nodes(static_cast<const Node<T>*>(call.inputs[1]->data)),
        trees(static_cast<const Tree*>(call.inputs[2]->data)),
        leaves(call.inputs[3]->as<T>()),
        tree_count(call.inputs[2]->dims[0]),
        width(call.inputs[3]->dims[1]),
        aggregate(call.parameters<Params>().aggregate) {}

  T start() const {
    constexpr T kInfinity = std::numeric_limits<T>::infinity();
    return aggregate == kSum ? T{0} : aggregate == kMin ? kInfinity : -kInfinity;
  }

  void add(T* y, int64_t stride, int32_t target, uint32_t leaf) const {
    const T* values = leaves + (leaf & ~kLeaf) * width;
    for (int64_t i = 0; i < width; ++i) {
      T& sum = y[(target + i) * stride];
      if (aggregate == kSum) {
        sum += values[i];
      } else if (aggregate == kMin ? values[i] < sum : values[i] > sum) {
        sum = values[i];
      }
    }
  }
};

template <typename T>
Status check_nodes(const Call& call, const Ensemble<T>& e, bool* only_thresholds) {
  const int64_t features = call.inputs[0]->dims[1];
  const int64_t count = call.inputs[1]->dims[0];
  const int64_t leaves = call.inputs[3]->dims[0];
  *only_thresholds = true;
  for (int64_t i = 0; i < count; ++i) {
    const Node<T>& node = e.nodes[i];
    EDGERT_CHECK(call, (node.test & kFeature) < features, "node %lld tests no feature of x",
                 static_cast<long long>(i));
    if ((node.test & ~kFeature) != 0) *only_thresholds = false;
    for (const uint32_t child : node.child) {
      const int64_t index = child & ~kLeaf;
      EDGERT_CHECK(call, (child & kLeaf) != 0 ? index < leaves : index > i && index < count,
                   "node %lld has no valid child", static_cast<long long>(i));
    }
  }
  const int64_t targets = call.outputs[0]->dims[1];
  for (int64_t i = 0; i < e.tree_count; ++i) {
    const Tree& tree = e.trees[i];
    const int64_t index = tree.root & ~kLeaf;
    EDGERT_CHECK(call, index < ((tree.root & kLeaf) != 0 ? leaves : count),
                 "tree %lld has no valid root", static_cast<long long>(i));
    EDGERT_CHECK(call, tree.target >= 0 && tree.target + e.width <= targets,
                 "tree %lld has no valid target", static_cast<long long>(i));
  }
  return Status::kOk;
}

template <typename T>
Status prepare_typed(Call& call) {
  bool only_thresholds;
  EDGERT_RETURN_IF_ERROR(check_nodes(call, Ensemble<T>(call), &only_thresholds));
  static constexpr Walk<T> kWalkOf[] = {walk<T, false>, walk<T, true>};
  call.microkernel = &kWalkOf[only_thresholds];
  return Status::kOk;
}

Status prepare(Call& call) {
  for (int i = 0; i < 4; ++i) {
    EDGERT_CHECK(call, call.inputs[i]->rank == 2, "input %d needs two dimensions", i);
    EDGERT_CHECK(call, i == 0 || (call.inputs[i]->constant && call.inputs[i]->contiguous),
                 "input %d must be a contiguous constant", i);
    EDGERT_CHECK(call, call.inputs[i]->count > 0, "input %d is empty", i);
  }
  const Tensor& x = *call.inputs[0];
  const Tensor& nodes = *call.inputs[1];
  const Tensor& trees = *call.inputs[2];
  const Tensor& y = *call.outputs[0];
  const bool f32 = x.dtype == DType::kF32;
  EDGERT_CHECK(call, f32 || x.dtype == DType::kF64, "x is neither f32 nor f64");
  EDGERT_CHECK(call, call.inputs[3]->dtype == x.dtype && y.dtype == x.dtype,
               "x, leaves and y differ in type");
  EDGERT_CHECK(call,
               nodes.dtype == (f32 ? DType::kS32 : DType::kS64) && nodes.dims[1] == (f32 ? 4 : 3),
               "nodes are not packed for the type of x");
  EDGERT_CHECK(call, trees.dtype == DType::kS32 && trees.dims[1] == 2, "trees must be s32[n, 2]");
  EDGERT_CHECK(call, y.rank == 2 && y.dims[0] == x.dims[0], "x and y differ in rows");
  EDGERT_CHECK(call, x.strides[1] == 1 || x.dims[1] == 1, "features must be adjacent");
  EDGERT_CHECK(call, (y.dims[0] == 1 || y.strides[0] != 0) && (y.dims[1] == 1 || y.strides[1] != 0),
               "output elements share memory");
  const int32_t aggregate = call.parameters<Params>().aggregate;
  EDGERT_CHECK(call, aggregate >= kSum && aggregate <= kMax, "has no valid aggregate");
  call.tiles = (int64_t{x.dims[0]} + kTileRows - 1) / kTileRows;
  return f32 ? prepare_typed<float>(call) : prepare_typed<double>(call);
}

template <typename T>
void run_typed(const Call& call, int64_t row, int64_t last) {
  const Ensemble<T> e(call);
  const Walk<T> down = *static_cast<const Walk<T>*>(call.microkernel);
  const Tensor& x = *call.inputs[0];
  const Tensor& y = *call.outputs[0];
  const int64_t stride = y.strides[1];
  const auto x_row = [&](int64_t i) { return x.as<T>() + i * x.strides[0]; };
  const auto y_row = [&](int64_t i) { return static_cast<T*>(y.data) + i * y.strides[0]; };
  for (int64_t i = row; i < last; ++i) {
    for (int64_t j = 0; j < y.dims[1]; ++j) y_row(i)[j * stride] = e.start();
  }
  uint32_t at[kWalks];
  const T* rows[kWalks];
  const int64_t first = row;
  const int64_t grouped = first + (last - first) / kWalks * kWalks;
  for (int64_t t = 0; t < e.tree_count && grouped > first; ++t) {
    for (row = first; row < grouped; row += kWalks) {
      for (int k = 0; k < kWalks; ++k) at[k] = e.trees[t].root;
      for (int k = 0; k < kWalks; ++k) rows[k] = x_row(row + k);
      down(at, e.nodes, rows);
      for (int k = 0; k < kWalks; ++k) e.add(y_row(row + k), stride, e.trees[t].target, at[k]);
    }
  }
  for (row = grouped; row < last; ++row) {
    for (const T*& features : rows) features = x_row(row);
    for (int64_t t = 0; t < e.tree_count; t += kWalks) {
      const int64_t count = std::min<int64_t>(kWalks, e.tree_count - t);
      for (int k = 0; k < kWalks; ++k) at[k] = k < count ? e.trees[t + k].root : kLeaf;
      down(at, e.nodes, rows);
      for (int k = 0; k < count; ++k) e.add(y_row(row), stride, e.trees[t + k].target, at[k]);
    }
  }
  if (e.aggregate == kSum) return;
  for (int64_t i = first; i < last; ++i) {
    for (int64_t j = 0; j < y.dims[1]; ++j) {
      T& value = y_row(i)[j * stride];
      if (value == e.start()) value = T{0};
    }
  }
}

Status run(const Call& call, int64_t begin, int64_t end, std::byte*) {
  const int64_t last = std::min<int64_t>(end * kTileRows, call.inputs[0]->dims[0]);
  if (call.inputs[0]->dtype == DType::kF32) {
    run_typed<float>(call, begin * kTileRows, last);
  } else {
    run_typed<double>(call, begin * kTileRows, last);
  }
  return Status::kOk;
}

const Kernel kernel{"tree_ensemble", 1,  "x, nodes, trees, leaves -> y", sizeof(Params), kFields,
                    prepare,         run};

}  // namespace
}  // namespace edgert
