#include "kernels/copy/strided.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "kernels/copy/transpose.h"

namespace edgert {
namespace {

constexpr int64_t kTileBytes = 32 * 1024;

template <typename T>
void copy_strided_row(const std::byte* x, std::byte* y, int64_t x_step, int64_t y_step, int64_t n) {
  for (int64_t i = 0; i < n; ++i) std::memcpy(y + i * y_step, x + i * x_step, sizeof(T));
}

template <typename T>
void repeat(const std::byte* x, std::byte* y, int64_t n) {
  T value;
  std::memcpy(&value, x, sizeof(T));
  T* out = reinterpret_cast<T*>(y);
  for (int64_t i = 0; i < n; ++i) out[i] = value;
}

template <typename T>
void copy_row(const std::byte* x, std::byte* y, const CopyLoop& loop, int64_t n) {
  constexpr int64_t kSize = sizeof(T);
  if (loop.y_step != kSize) {
    copy_strided_row<T>(x, y, loop.x_step, loop.y_step, n);
  } else if (loop.x_step == kSize) {
    // The views of a damaged bundle may overlap.
    std::memmove(y, x, static_cast<size_t>(n * kSize));
  } else if (loop.x_step == 0) {
    repeat<T>(x, y, n);
  } else {
    copy_strided_row<T>(x, y, loop.x_step, kSize, n);
  }
}

template <typename Function>
void for_element_size(int64_t size, const Function& function) {
  switch (size) {
    case 1:
      return function(uint8_t{});
    case 2:
      return function(uint16_t{});
    case 4:
      return function(uint32_t{});
    default:
      return function(uint64_t{});
  }
}

}  // namespace

StridedCopy::StridedCopy(const Tensor& x, const Tensor& y)
    : element_(static_cast<int64_t>(dtype_size(y.dtype))) {
  add_loops(x, y);
  merge_loops();
  find_plane();
  choose_tiles();
}

void StridedCopy::add_loops(const Tensor& x, const Tensor& y) {
  for (int32_t i = 0; i < y.rank; ++i) {
    if (y.dims[i] != 1) {
      loops_[count_++] = {y.dims[i], x.strides[i] * element_, y.strides[i] * element_};
    }
  }
  // Insertion sort: stable, and nearly always nothing to do.
  for (int i = 1; i < count_; ++i) {
    for (int j = i; j > 0 && std::abs(loops_[j - 1].y_step) < std::abs(loops_[j].y_step); --j) {
      std::swap(loops_[j - 1], loops_[j]);
    }
  }
  if (count_ == 0) loops_[count_++] = {1, element_, element_};
}

void StridedCopy::merge_loops() {
  int last = 0;
  for (int i = 1; i < count_; ++i) {
    const CopyLoop inner = loops_[i];
    CopyLoop& outer = loops_[last];
    if (outer.x_step == inner.x_step * inner.size && outer.y_step == inner.y_step * inner.size) {
      outer = {outer.size * inner.size, inner.x_step, inner.y_step};
    } else {
      loops_[++last] = inner;
    }
  }
  count_ = last + 1;
}

void StridedCopy::find_plane() {
  outer_ = count_ - 1;
  const CopyLoop& row = loops_[count_ - 1];
  if (row.y_step != element_ || row.x_step == element_ || row.x_step == 0) return;
  for (int i = 0; i < count_ - 1; ++i) {
    if (loops_[i].x_step == element_) {
      std::rotate(loops_ + i, loops_ + i + 1, loops_ + count_ - 1);
      outer_ = count_ - 2;
      return;
    }
  }
}

void StridedCopy::choose_tiles() {
  for (int i = 0; i < outer_; ++i) outer_size_ *= loops_[i].size;
  const int row = count_ - 1;
  split_ = loops_[outer_].size < loops_[row].size ? row : outer_;
  const CopyLoop& split = loops_[split_];
  const int64_t step_bytes = element_ * (outer_ == row ? 1 : loops_[outer_ + row - split_].size);
  const int64_t unit_bytes = step_bytes * split.size;
  if (unit_bytes > 2 * kTileBytes) {
    // Pieces in multiples of 64 elements, so that blocks stay whole.
    piece_size_ = std::min(split.size, std::max<int64_t>(64, kTileBytes / step_bytes / 64 * 64));
  } else {
    piece_size_ = split.size;
    units_per_tile_ = std::max<int64_t>(1, kTileBytes / unit_bytes);
  }
  pieces_ = (split.size + piece_size_ - 1) / piece_size_;
  tiles_ = (outer_size_ + units_per_tile_ - 1) / units_per_tile_ * pieces_;
}

void StridedCopy::run(const void* x, void* y, int64_t begin, int64_t end) const {
  const auto* from = static_cast<const std::byte*>(x);
  auto* to = static_cast<std::byte*>(y);
  if (pieces_ == 1) {
    copy_units(from, to, begin * units_per_tile_, std::min(end * units_per_tile_, outer_size_), 0,
               piece_size_);
    return;
  }
  for (int64_t tile = begin; tile < end; ++tile) {
    const int64_t unit = tile / pieces_;
    const int64_t start = tile % pieces_ * piece_size_;
    copy_units(from, to, unit, unit + 1, start, std::min(start + piece_size_, loops_[split_].size));
  }
}

// Units [begin, end) of the outer loops, and of each the steps [from, to).
void StridedCopy::copy_units(const std::byte* x, std::byte* y, int64_t begin, int64_t end,
                             int64_t from, int64_t to) const {
  int64_t index[EDGERT_MAX_RANK + 1];
  int64_t rest = begin;
  for (int i = outer_ - 1; i >= 0; --i) {
    index[i] = rest % loops_[i].size;
    rest /= loops_[i].size;
    x += index[i] * loops_[i].x_step;
    y += index[i] * loops_[i].y_step;
  }
  for (int64_t unit = begin; unit < end; ++unit) {
    copy_unit(x, y, from, to);
    for (int i = outer_ - 1; i >= 0; --i) {
      x += loops_[i].x_step;
      y += loops_[i].y_step;
      if (++index[i] < loops_[i].size) break;
      x -= loops_[i].x_step * loops_[i].size;
      y -= loops_[i].y_step * loops_[i].size;
      index[i] = 0;
    }
  }
}

void StridedCopy::copy_unit(const std::byte* x, std::byte* y, int64_t from, int64_t to) const {
  const CopyLoop& split = loops_[split_];
  const CopyLoop& row = loops_[count_ - 1];
  x += from * split.x_step;
  y += from * split.y_step;
  const bool plane = outer_ == count_ - 2;
  for_element_size(element_, [&](auto type) {
    using T = decltype(type);
    if (plane) {
      const CopyLoop& column = loops_[outer_];
      const bool part_of_row = split_ != outer_;
      transpose<T>(x, row.x_step, y, column.y_step, part_of_row ? column.size : to - from,
                   part_of_row ? to - from : row.size);
    } else {
      copy_row<T>(x, y, row, to - from);
    }
  });
}

}  // namespace edgert
