// Products of two run-time operands on the float GEMM microkernels: what matmul_f32 and matmul_s8
// share.
//
// A tile is one batch entry times a panel of columns. Its part of b is packed into scratch as
// conv/gemm_f32.h wants weights; rows of a are the pixels.
#ifndef EDGERT_KERNELS_MATMUL_PANELS_H_
#define EDGERT_KERNELS_MATMUL_PANELS_H_

#include <cstdint>

#include "kernels/conv/gemm_f32.h"
#include "runtime/kernel.h"

namespace edgert {

constexpr int64_t kMatmulBlock = 16;

// y[m][n] = sum over k: a[m][k] * b[k][n], for each of `batch`.
struct MatmulShape {
  int64_t batch, m, k, n;

  explicit MatmulShape(const Call& call);
};

// a, b and y have rank 3 and matching dims, all of `dtype`.
Status check_matmul(Call& call, DType dtype);

// How a call is cut. K is cut too where exact sums need it: `k_chunk` is at most `max_k_chunk`.
struct MatmulPanels {
  int64_t columns;  // of a panel, a multiple of kMatmulBlock
  int64_t panels;
  int64_t k_chunk;
  int64_t k_chunks;

  MatmulPanels(const MatmulShape& shape, int32_t threads, int64_t max_k_chunk);

  struct Tile {
    int64_t batch;
    int64_t first_column;
    int64_t columns;
  };
  Tile tile(const MatmulShape& shape, int64_t index) const;
};

// Scratch of one thread; every array starts at a multiple of 64 bytes.
struct MatmulScratch {
  float* packed;   // [k chunk][columns / 16][k][16]
  float* bias;     // [columns]
  float* rows;     // [mr][k]
  float* results;  // [mr][columns]

  MatmulScratch(std::byte* scratch, const MatmulShape& shape, const MatmulPanels& panels,
                int32_t mr);
  static uint64_t bytes(const MatmulShape& shape, const MatmulPanels& panels, int32_t mr);
};

// packed[block][k][16] = factor * b[k][n], zeros past `columns`. T is float or int8_t.
template <typename T>
void pack_matmul_panel(float* packed, const T* b, int64_t k_stride, int64_t n_stride, int64_t k,
                       int64_t columns, float factor);

}  // namespace edgert

#endif  // EDGERT_KERNELS_MATMUL_PANELS_H_
