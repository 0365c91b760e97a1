// How scatter writes a run of updates: replacing what is there, or combining with it.
#ifndef EDGERT_KERNELS_INDEX_SCATTER_ROWS_H_
#define EDGERT_KERNELS_INDEX_SCATTER_ROWS_H_

#include <cstdint>

#include "runtime/tensor.h"

namespace edgert {

enum class Reduction : int32_t { kNone = 0, kAdd, kMul, kMin, kMax };

// y[at] = combine(y[at], x[j * x_stride]) for j in [0, n), where `at` is offsets[j], or j *
// y_stride without offsets. Offsets and strides are in elements.
using ScatterRow = void (*)(void* y, const int64_t* offsets, int64_t y_stride, const void* x,
                            int64_t x_stride, int64_t n);

// nullptr where elements of this type are not combined: all types are replaced; f32, f64, s32 and
// s64 are combined, integers modulo 2^bits, and NaN wins a minimum or maximum.
ScatterRow scatter_row(DType dtype, int32_t reduction);

}  // namespace edgert

#endif  // EDGERT_KERNELS_INDEX_SCATTER_ROWS_H_
