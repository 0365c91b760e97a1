// How a call walks over its operands: broadcast, sorted and collapsed dimensions, cut into tiles.
#ifndef EDGERT_KERNELS_ELEMENTWISE_ITERATION_H_
#define EDGERT_KERNELS_ELEMENTWISE_ITERATION_H_

#include <cstdint>

#include "runtime/tensor.h"

namespace edgert {

// Two dimensions of one operand within a tile. Strides are in elements.
struct TileView {
  int64_t rows;
  int64_t cols;
  int64_t row_stride;
  int64_t col_stride;

  bool dense() const { return col_stride == 1 && (rows == 1 || row_stride == cols); }
  int64_t count() const { return rows * cols; }
};

// Operand 0 is the output; it decides the order of dimensions, so that it is written in sequence.
class Iteration {
 public:
  static constexpr int kMaxOperands = 9;

  // Operands have the output's rank, and its dims or 1 in each dimension. A tile has at most
  // `max_tile_elements` (at least 512).
  Iteration(const Tensor* const* operands, int count, int64_t max_tile_elements);

  int64_t tiles() const { return tiles_; }

  struct Tile {
    int64_t offsets[kMaxOperands];  // of the first element, in elements
    int64_t rows;
    int64_t cols;
  };
  Tile tile(int64_t index) const;
  TileView view(const Tile& tile, int operand) const {
    return {tile.rows, tile.cols, dims_[rank_ - 2].strides[operand],
            dims_[rank_ - 1].strides[operand]};
  }

 private:
  struct Dim {
    int64_t size = 1;
    int64_t strides[kMaxOperands] = {};
  };

  void collect(const Tensor* const* operands);
  void sort();
  void collapse();
  bool bring_transposed_inward();
  void cut(int64_t max_tile_elements, bool transposed);

  int operands_;
  int rank_ = 0;  // at least 2 once constructed
  Dim dims_[EDGERT_MAX_RANK + 2];
  int64_t tile_rows_ = 1, tile_cols_ = 1;
  int64_t row_blocks_ = 1, col_blocks_ = 1;
  int64_t tiles_ = 0;
};

// Whether `operand` can be broadcast to `output`: same rank, every dim equal or 1.
bool broadcastable(const Tensor& operand, const Tensor& output);

}  // namespace edgert

#endif  // EDGERT_KERNELS_ELEMENTWISE_ITERATION_H_
