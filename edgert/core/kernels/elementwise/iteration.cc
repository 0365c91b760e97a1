#include "kernels/elementwise/iteration.h"

#include <algorithm>
#include <cstdlib>

namespace edgert {
namespace {

constexpr int64_t kTransposeBlock = 32;  // elements; two cache lines of floats

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace

bool broadcastable(const Tensor& operand, const Tensor& output) {
  if (operand.rank != output.rank) return false;
  for (int i = 0; i < output.rank; ++i) {
    if (operand.dims[i] != output.dims[i] && operand.dims[i] != 1) return false;
  }
  return true;
}

Iteration::Iteration(const Tensor* const* operands, int count, int64_t max_tile_elements)
    : operands_(count) {
  if (operands[0]->count == 0) {
    rank_ = 2;
    return;
  }
  collect(operands);
  sort();
  collapse();
  cut(max_tile_elements, bring_transposed_inward());
}

// Dimensions of size 1 do not count.
void Iteration::collect(const Tensor* const* operands) {
  const Tensor& output = *operands[0];
  for (int i = 0; i < output.rank; ++i) {
    if (output.dims[i] == 1) continue;
    Dim& dim = dims_[rank_++];
    dim.size = output.dims[i];
    for (int k = 0; k < operands_; ++k) {
      dim.strides[k] = operands[k]->dims[i] == 1 ? 0 : operands[k]->strides[i];
    }
  }
}

// Largest output stride outermost. A stable insertion sort: few elements, mostly in order.
void Iteration::sort() {
  for (int i = 1; i < rank_; ++i) {
    const Dim dim = dims_[i];
    int j = i;
    for (; j > 0 && std::abs(dims_[j - 1].strides[0]) < std::abs(dim.strides[0]); --j) {
      dims_[j] = dims_[j - 1];
    }
    dims_[j] = dim;
  }
}

// Merges neighbours that every operand walks like one dimension; ends with at least two dimensions.
void Iteration::collapse() {
  int last = 0;
  for (int i = 1; i < rank_; ++i) {
    const Dim& inner = dims_[i];
    Dim& outer = dims_[last];
    bool joint = true;
    for (int k = 0; k < operands_; ++k) {
      joint = joint && outer.strides[k] == inner.strides[k] * inner.size;
    }
    if (joint) {
      outer.size *= inner.size;
      std::copy(inner.strides, inner.strides + operands_, outer.strides);
    } else {
      dims_[++last] = inner;
    }
  }
  rank_ = std::min(rank_, last + 1);
  if (rank_ < 2) {
    dims_[1] = rank_ == 1 ? dims_[0] : Dim{};
    dims_[0] = Dim{};
    rank_ = 2;
  }
}

// Where an input is contiguous along an outer dimension, that dimension becomes the rows of the
// tile.
bool Iteration::bring_transposed_inward() {
  for (int k = 1; k < operands_; ++k) {
    if (std::abs(dims_[rank_ - 1].strides[k]) <= 1) continue;
    for (int i = rank_ - 2; i >= 0; --i) {
      if (dims_[i].strides[k] != 1) continue;
      std::rotate(dims_ + i, dims_ + i + 1, dims_ + rank_ - 1);
      return true;
    }
  }
  return false;
}

void Iteration::cut(int64_t max_tile_elements, bool transposed) {
  const int64_t rows = dims_[rank_ - 2].size;
  const int64_t cols = dims_[rank_ - 1].size;
  const int64_t few_rows = max_tile_elements / rows / kTransposeBlock * kTransposeBlock;
  const int64_t col_limit = transposed ? std::max(kTransposeBlock, few_rows) : max_tile_elements;
  col_blocks_ = ceil_div(cols, col_limit);
  tile_cols_ =
      col_blocks_ == 1 ? cols : std::min(col_limit, ceil_div(ceil_div(cols, col_blocks_), 16) * 16);
  col_blocks_ = ceil_div(cols, tile_cols_);
  tile_rows_ = std::min(rows, max_tile_elements / tile_cols_);
  if (tile_rows_ > 16) tile_rows_ -= tile_rows_ % 16;
  row_blocks_ = ceil_div(rows, tile_rows_);
  tiles_ = row_blocks_ * col_blocks_;
  for (int i = 0; i < rank_ - 2; ++i) tiles_ *= dims_[i].size;
}

Iteration::Tile Iteration::tile(int64_t index) const {
  const int64_t col = index % col_blocks_ * tile_cols_;
  index /= col_blocks_;
  const int64_t row = index % row_blocks_ * tile_rows_;
  index /= row_blocks_;

  Tile tile;
  const Dim& row_dim = dims_[rank_ - 2];
  const Dim& col_dim = dims_[rank_ - 1];
  tile.rows = std::min(tile_rows_, row_dim.size - row);
  tile.cols = std::min(tile_cols_, col_dim.size - col);
  for (int k = 0; k < operands_; ++k) {
    tile.offsets[k] = row * row_dim.strides[k] + col * col_dim.strides[k];
  }
  for (int i = rank_ - 3; i >= 0; --i) {
    const int64_t position = index % dims_[i].size;
    index /= dims_[i].size;
    for (int k = 0; k < operands_; ++k) tile.offsets[k] += position * dims_[i].strides[k];
  }
  return tile;
}

}  // namespace edgert
