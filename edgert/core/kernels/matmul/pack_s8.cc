#include "kernels/matmul/pack_s8.h"

#include <algorithm>
#include <cstring>

#include "kernels/copy/transpose.h"
#include "kernels/multiversion.h"

namespace edgert {
namespace {

constexpr int64_t kColumns = 16;  // of a block
constexpr int64_t kGroup = 4;     // K that lie side by side
constexpr int64_t kGroupBytes = kGroup * kColumns;

// Up to 16 columns of b, and where they go. K is walked in groups, of which the last one may be
// cut.
struct Block {
  int8_t* packed;
  const int8_t* b;
  int64_t k_stride, n_stride;
  int64_t k;
  int64_t columns;

  int64_t whole_groups() const { return k / kGroup; }
  int64_t groups() const { return (k + kGroup - 1) / kGroup; }
};

// Columns lie dense in b: groups are words, which are transposed.
void pack_dense_columns(const Block& block) {
  if (block.columns < kColumns) {
    std::memset(block.packed, 0, static_cast<size_t>(block.groups() * kGroupBytes));
  }
  transpose<uint32_t>(reinterpret_cast<const std::byte*>(block.b), block.n_stride,
                      reinterpret_cast<std::byte*>(block.packed), kGroupBytes, block.whole_groups(),
                      block.columns);
  const int64_t done = block.whole_groups() * kGroup;
  if (done == block.k) return;
  int8_t* last = block.packed + done * kColumns;
  std::memset(last, 0, kGroupBytes);
  for (int64_t n = 0; n < block.columns; ++n) {
    for (int64_t i = done; i < block.k; ++i) {
      last[n * kGroup + i - done] = block.b[n * block.n_stride + i];
    }
  }
}

// One group, of four whole rows.
EDGERT_INLINE void pack_group(int8_t* packed, const int8_t* rows, int64_t row_stride) {
  Vector<uint8_t> values[kGroup];
#pragma GCC unroll 4
  for (int i = 0; i < kGroup; ++i) std::memcpy(&values[i], rows + i * row_stride, kColumns);
  interleave<uint8_t>(values);
#pragma GCC unroll 4
  for (int i = 0; i < kGroup; ++i) std::memcpy(packed + i * kColumns, &values[i], kColumns);
}

// Columns lie anyhow.
void pack_rows(const Block& block) {
  int64_t k = 0;
  if (block.n_stride == 1 && block.columns == kColumns) {
    for (; k + kGroup <= block.k; k += kGroup) {
      pack_group(block.packed + k * kColumns, block.b + k * block.k_stride, block.k_stride);
    }
  }
  for (; k < block.k; k += kGroup) {
    const int8_t* rows = block.b + k * block.k_stride;
    int8_t padded[kGroupBytes] = {};
    for (int64_t i = 0; i < std::min(kGroup, block.k - k); ++i) {
      for (int64_t n = 0; n < block.columns; ++n) {
        padded[i * kColumns + n] = rows[i * block.k_stride + n * block.n_stride];
      }
    }
    pack_group(block.packed + k * kColumns, padded, kColumns);
  }
}

// Sums of the columns of one packed block, and its lowest value. A quarter of a group is a vector
// of four columns; they are summed in halves of words, which have room for kRoom groups.
int8_t summarize(uint32_t* sums, const int8_t* packed, int64_t groups) {
  constexpr int64_t kRoom = 127;
  constexpr int kQuarters = 4;
  Vector<uint32_t> sum[kQuarters] = {};
  Vector<int8_t> lowest = {};
  for (int64_t begin = 0; begin < groups; begin += kRoom) {
    Vector<int16_t> halves[kQuarters] = {};
    for (int64_t i = begin; i < std::min(groups, begin + kRoom); ++i) {
#pragma GCC unroll 4
      for (int q = 0; q < kQuarters; ++q) {
        Vector<int8_t> bytes;
        std::memcpy(&bytes, packed + i * kGroupBytes + q * kColumns, sizeof(bytes));
        lowest = bytes < lowest ? bytes : lowest;
        const auto pairs = reinterpret_cast<Vector<int16_t>>(bytes);
        halves[q] += (pairs << 8 >> 8) + (pairs >> 8);
      }
    }
#pragma GCC unroll 4
    for (int q = 0; q < kQuarters; ++q) {
      const auto words = reinterpret_cast<Vector<int32_t>>(halves[q]);
      sum[q] += reinterpret_cast<Vector<uint32_t>>((words << 16 >> 16) + (words >> 16));
    }
  }
  std::memcpy(sums, sum, sizeof(sum));
  int8_t values[kColumns];
  std::memcpy(values, &lowest, sizeof(values));
  return *std::min_element(values, values + kColumns);
}

}  // namespace

bool pack_columns_s8(int8_t* packed, uint32_t* sums, const int8_t* b, int64_t k_stride,
                     int64_t n_stride, int64_t k, int64_t columns) {
  int8_t lowest = 0;
  for (int64_t n = 0; n < columns; n += kColumns) {
    const Block block{
        packed, b + n * n_stride, k_stride, n_stride, k, std::min(kColumns, columns - n)};
    k_stride == 1 ? pack_dense_columns(block) : pack_rows(block);
    lowest = std::min(lowest, summarize(sums + n, packed, block.groups()));
    packed += block.groups() * kGroupBytes;
  }
  return lowest == -128;
}

}  // namespace edgert
