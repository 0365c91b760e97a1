// Copies between strided views, as a plan of nested loops.
#ifndef EDGERT_KERNELS_COPY_STRIDED_H_
#define EDGERT_KERNELS_COPY_STRIDED_H_

#include "runtime/tensor.h"

namespace edgert {

// One loop: `size` steps, which move by these many bytes.
struct CopyLoop {
  int64_t size;
  int64_t x_step;
  int64_t y_step;
};

// A copy from x to y, equal dims and element size: dimensions of size 1 are gone, dimensions that
// are one in memory are merged, and loops are in the order of y's memory, so that writes go
// forward.
//
// The innermost loop is a *row*. Where x runs along another loop instead, those two are a *plane*,
// to be transposed in blocks. A tile is several rows or planes, or a part of a long one: some steps
// of the row's loop, or of the longer loop of the plane.
class StridedCopy {
 public:
  StridedCopy(const Tensor& x, const Tensor& y);

  int64_t tiles() const { return tiles_; }
  void run(const void* x, void* y, int64_t begin, int64_t end) const;

 private:
  void add_loops(const Tensor& x, const Tensor& y);
  void merge_loops();
  void find_plane();
  void choose_tiles();
  void copy_units(const std::byte* x, std::byte* y, int64_t begin, int64_t end, int64_t from,
                  int64_t to) const;
  void copy_unit(const std::byte* x, std::byte* y, int64_t from, int64_t to) const;

  CopyLoop loops_[EDGERT_MAX_RANK + 1];
  int count_ = 0;           // of loops, at least 1
  int outer_ = 0;           // of them, those outside of the row or plane
  int split_ = 0;           // the loop whose steps tiles share, where one is a part
  int64_t element_;         // bytes
  int64_t outer_size_ = 1;  // rows or planes in all
  int64_t units_per_tile_ = 1;
  int64_t pieces_ = 1;      // tiles of one row or plane
  int64_t piece_size_ = 0;  // steps of loops_[split_] in one of them
  int64_t tiles_ = 1;
};

}  // namespace edgert

#endif  // EDGERT_KERNELS_COPY_STRIDED_H_
