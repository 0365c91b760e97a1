#include "kernels/elementwise/strided.h"

#include <algorithm>
#include <cstring>

#include "kernels/conv/unroll.h"
#include "kernels/copy/transpose.h"
#include "kernels/multiversion.h"

namespace edgert {
namespace {

// Planes to pixels, e.g. from NCHW to NHWC. (At -O2 g++ vectorizes a loop around an unrolled one
// only.)
template <typename T, int kPlanes>
struct Interleave {
  static EDGERT_INLINE void run(T* __restrict dense, const T* __restrict plane, int64_t stride,
                                int64_t rows) {
    for (int64_t r = 0; r < rows; ++r) {
      EDGERT_UNROLL for (int64_t c = 0; c < kPlanes; ++c) dense[r * kPlanes + c] =
          plane[c * stride + r];
    }
  }
};

// Pixels to planes, the way back.
template <typename T, int kPlanes>
struct Deinterleave {
  static EDGERT_INLINE void run(T* __restrict plane, int64_t stride, const T* __restrict pixels,
                                int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      for (int64_t c = 0; c < kPlanes; ++c) plane[c * stride + i] = pixels[i * kPlanes + c];
    }
  }
};

// The images of cameras and of other runtimes: few planes of bytes or floats. False: not done.
template <typename T>
bool gather_planes(T* dense, const T* window, const TileView& view) {
  if constexpr (sizeof(T) == 1 || sizeof(T) == 4) {
    switch (view.cols) {
      case 2:
        return multiversion<Interleave<T, 2>>(dense, window, view.col_stride, view.rows), true;
      case 3:
        return multiversion<Interleave<T, 3>>(dense, window, view.col_stride, view.rows), true;
      case 4:
        return multiversion<Interleave<T, 4>>(dense, window, view.col_stride, view.rows), true;
      default:
        break;
    }
    if (view.rows == 3 && view.col_stride == 3) {
      return multiversion<Deinterleave<T, 3>>(dense, view.cols, window, view.cols), true;
    }
  }
  return false;
}

template <typename T>
void gather_transposed(T* dense, const T* window, const TileView& view) {
  if (gather_planes(dense, window, view)) return;
  constexpr int64_t kSize = sizeof(T);
  transpose<T>(reinterpret_cast<const std::byte*>(window), view.col_stride * kSize,
               reinterpret_cast<std::byte*>(dense), view.cols * kSize, view.rows, view.cols);
}

// std::fill, in blocks.
template <typename T>
void fill(T* y, int64_t n, T value) {
  constexpr int64_t kBlock = 16;
  for (; n >= kBlock; n -= kBlock, y += kBlock) {
    EDGERT_LANES for (int64_t k = 0; k < kBlock; ++k) y[k] = value;
  }
  for (int64_t k = 0; k < n; ++k) y[k] = value;
}

template <typename T>
void repeat_first_row(T* dense, const TileView& view) {
  for (int64_t filled = view.cols; filled < view.count();) {
    const int64_t n = std::min(filled, view.count() - filled);
    std::memcpy(dense + filled, dense, static_cast<size_t>(n) * sizeof(T));
    filled += n;
  }
}

template <typename T>
void gather(T* dense, const T* window, const TileView& view) {
  const int64_t loaded_rows = view.row_stride == 0 ? 1 : view.rows;
  if (view.row_stride == 1 && view.rows > 1 && view.col_stride != 0) {
    return gather_transposed(dense, window, view);
  }
  for (int64_t r = 0; r < loaded_rows; ++r) {
    const T* row = window + r * view.row_stride;
    T* y = dense + r * view.cols;
    if (view.col_stride == 1) {
      for (int64_t c = 0; c < view.cols; ++c) y[c] = row[c];
    } else if (view.col_stride == 0) {
      fill(y, view.cols, *row);
    } else {
      for (int64_t c = 0; c < view.cols; ++c) y[c] = row[c * view.col_stride];
    }
  }
  if (loaded_rows < view.rows) repeat_first_row(dense, view);
}

template <typename T>
void scatter(T* window, const T* dense, const TileView& view) {
  for (int64_t r = 0; r < view.rows; ++r) {
    T* row = window + r * view.row_stride;
    const T* x = dense + r * view.cols;
    if (view.col_stride == 1) {
      std::memcpy(row, x, static_cast<size_t>(view.cols) * sizeof(T));
    } else {
      for (int64_t c = 0; c < view.cols; ++c) row[c * view.col_stride] = x[c];
    }
  }
}

}  // namespace

void gather_tile(void* dense, const void* window, const TileView& view, size_t element_size) {
  switch (element_size) {
    case 1:
      return gather(static_cast<uint8_t*>(dense), static_cast<const uint8_t*>(window), view);
    case 2:
      return gather(static_cast<uint16_t*>(dense), static_cast<const uint16_t*>(window), view);
    case 4:
      return gather(static_cast<uint32_t*>(dense), static_cast<const uint32_t*>(window), view);
    default:
      return gather(static_cast<uint64_t*>(dense), static_cast<const uint64_t*>(window), view);
  }
}

void scatter_tile(void* window, const void* dense, const TileView& view, size_t element_size) {
  switch (element_size) {
    case 1:
      return scatter(static_cast<uint8_t*>(window), static_cast<const uint8_t*>(dense), view);
    case 2:
      return scatter(static_cast<uint16_t*>(window), static_cast<const uint16_t*>(dense), view);
    case 4:
      return scatter(static_cast<uint32_t*>(window), static_cast<const uint32_t*>(dense), view);
    default:
      return scatter(static_cast<uint64_t*>(window), static_cast<const uint64_t*>(dense), view);
  }
}

}  // namespace edgert
