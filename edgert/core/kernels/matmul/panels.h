// Products of two run-time operands on the GEMM microkernels of conv/: what matmul_f32 and
// matmul_s8 share.
//
// A tile is one batch entry times a panel of columns. Its part of b is packed into scratch as the
// microkernels want weights; rows of a are the pixels.
#ifndef EDGERT_KERNELS_MATMUL_PANELS_H_
#define EDGERT_KERNELS_MATMUL_PANELS_H_

#include <cstdint>

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

// How the columns of a call are cut.
struct MatmulPanels {
  int64_t columns;  // of a panel, a multiple of kMatmulBlock
  int64_t panels;

  // `element_size`: of packed values.
  MatmulPanels(const MatmulShape& shape, int32_t threads, size_t element_size);

  int64_t tiles(const MatmulShape& shape) const { return shape.batch * panels; }

  struct Tile {
    int64_t batch;
    int64_t first_column;
    int64_t columns;
  };
  Tile tile(const MatmulShape& shape, int64_t index) const;
};

}  // namespace edgert

#endif  // EDGERT_KERNELS_MATMUL_PANELS_H_
