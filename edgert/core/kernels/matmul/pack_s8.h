// Packs a run-time operand of an INT8 product as conv/gemm_s8.h wants weights.
#ifndef EDGERT_KERNELS_MATMUL_PACK_S8_H_
#define EDGERT_KERNELS_MATMUL_PACK_S8_H_

#include <cstdint>

namespace edgert {

// packed[columns / 16][k / 4][16][4] = b[k][n], sums[n] = sum over k: b[k][n] modulo 2^32. Columns
// and k are rounded up, with zeros in what that adds. Returns whether a value is -128.
bool pack_columns_s8(int8_t* packed, uint32_t* sums, const int8_t* b, int64_t k_stride,
                     int64_t n_stride, int64_t k, int64_t columns);

}  // namespace edgert

#endif  // EDGERT_KERNELS_MATMUL_PACK_S8_H_
