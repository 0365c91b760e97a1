// Transposes a matrix in memory, in blocks that fit into vector registers.
#ifndef EDGERT_KERNELS_COPY_TRANSPOSE_H_
#define EDGERT_KERNELS_COPY_TRANSPOSE_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace edgert {
namespace internal {

constexpr int kVectorBytes = 16;  // the baseline of x86 and ARM alike

template <typename T>
struct VectorOf {
  typedef T type __attribute__((vector_size(kVectorBytes)));
};

}  // namespace internal

template <typename T>
using Vector = typename internal::VectorOf<T>::type;

namespace internal {

// Interleaves the lower or upper halves: a0 b0 a1 b1 ...
template <int kFirst, typename T, size_t... kLane>
inline Vector<T> zip(Vector<T> a, Vector<T> b, std::index_sequence<kLane...>) {
  constexpr int kLanes = static_cast<int>(sizeof...(kLane));
#if defined(__clang__)
  return __builtin_shufflevector(a, b, (kFirst + int{kLane} / 2 + int{kLane} % 2 * kLanes)...);
#else
  return __builtin_shuffle(
      a, b, Vector<T>{static_cast<T>(kFirst + int{kLane} / 2 + int{kLane} % 2 * kLanes)...});
#endif
}

}  // namespace internal

// Puts elements of the same column side by side: the first of all rows, then the second ... Each
// round zips row i with row i + N/2; log2(N) rounds move every bit of the row number into the
// column number.
template <typename T, int kRows>
inline void interleave(Vector<T> (&rows)[kRows]) {
  constexpr int kLanes = internal::kVectorBytes / static_cast<int>(sizeof(T));
  using Lanes = std::make_index_sequence<kLanes>;
#pragma GCC unroll 4
  for (int round = 1; round < kRows; round *= 2) {
    Vector<T> zipped[kRows];
#pragma GCC unroll 8
    for (int i = 0; i < kRows / 2; ++i) {
      zipped[2 * i] = internal::zip<0, T>(rows[i], rows[i + kRows / 2], Lanes{});
      zipped[2 * i + 1] = internal::zip<kLanes / 2, T>(rows[i], rows[i + kRows / 2], Lanes{});
    }
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) rows[i] = zipped[i];
  }
}

namespace internal {

// Transposes a square of 16 / sizeof(T) rows.
template <typename T>
inline void transpose_block(const std::byte* x, int64_t x_step, std::byte* y, int64_t y_step) {
  constexpr int kLanes = kVectorBytes / static_cast<int>(sizeof(T));
  Vector<T> rows[kLanes];
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) std::memcpy(&rows[i], x + i * x_step, kVectorBytes);
  interleave<T>(rows);
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) std::memcpy(y + i * y_step, &rows[i], kVectorBytes);
}

// y[i][0], y[i][1] = x[0][i], x[1][i] for the first i, one row of y behind the other. Returns how
// many.
template <typename T>
inline int64_t interleave_two(const std::byte* x, int64_t x_step, std::byte* y, int64_t rows) {
  constexpr int64_t kLanes = kVectorBytes / static_cast<int64_t>(sizeof(T));
  int64_t i = 0;
  for (; i + kLanes <= rows; i += kLanes, x += kVectorBytes, y += 2 * kVectorBytes) {
    Vector<T> pair[2];
    std::memcpy(&pair[0], x, kVectorBytes);
    std::memcpy(&pair[1], x + x_step, kVectorBytes);
    interleave<T>(pair);
    std::memcpy(y, pair, 2 * kVectorBytes);
  }
  return i;
}

template <typename T>
inline void transpose_scalar(const std::byte* x, int64_t x_step, std::byte* y, int64_t y_step,
                             int64_t rows, int64_t columns) {
  constexpr int64_t kSize = sizeof(T);
  if (columns < rows) {
    for (int64_t j = 0; j < columns; ++j) {
      for (int64_t i = 0; i < rows; ++i) {
        std::memcpy(y + i * y_step + j * kSize, x + i * kSize + j * x_step, sizeof(T));
      }
    }
    return;
  }
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) {
      std::memcpy(y + i * y_step + j * kSize, x + i * kSize + j * x_step, sizeof(T));
    }
  }
}

}  // namespace internal

// y[i][j] = x[j][i] for i < rows, j < columns. Elements of a row lie side by side in both; `x_step`
// and `y_step` are the bytes from one row to the next.
template <typename T>
inline void transpose(const std::byte* x, int64_t x_step, std::byte* y, int64_t y_step,
                      int64_t rows, int64_t columns) {
  constexpr int64_t kSize = sizeof(T);
  constexpr int64_t kLanes = internal::kVectorBytes / kSize;
  const int64_t whole_columns = columns / kLanes * kLanes;
  int64_t i = 0;
  if (columns == 2 && y_step == 2 * kSize) {
    i = internal::interleave_two<T>(x, x_step, y, rows);
    return internal::transpose_scalar<T>(x + i * kSize, x_step, y + i * y_step, y_step, rows - i,
                                         columns);
  }
  for (; i + kLanes <= rows; i += kLanes) {
    const std::byte* from = x + i * kSize;
    std::byte* to = y + i * y_step;
    for (int64_t j = 0; j < whole_columns; j += kLanes) {
      internal::transpose_block<T>(from + j * x_step, x_step, to + j * kSize, y_step);
    }
  }
  // What the blocks leave: columns at the right, then rows at the bottom.
  if (whole_columns < columns) {
    internal::transpose_scalar<T>(x + whole_columns * x_step, x_step, y + whole_columns * kSize,
                                  y_step, i, columns - whole_columns);
  }
  if (i < rows) {
    internal::transpose_scalar<T>(x + i * kSize, x_step, y + i * y_step, y_step, rows - i, columns);
  }
}

}  // namespace edgert

#endif  // EDGERT_KERNELS_COPY_TRANSPOSE_H_
