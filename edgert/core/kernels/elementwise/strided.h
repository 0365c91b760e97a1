// Moves the elements of a tile, as raw bytes, between a strided window and dense row-major memory.
#ifndef EDGERT_KERNELS_ELEMENTWISE_STRIDED_H_
#define EDGERT_KERNELS_ELEMENTWISE_STRIDED_H_

#include <cstddef>

#include "kernels/elementwise/iteration.h"

namespace edgert {

// dense[rows][cols] = window. `element_size` is 1, 2, 4 or 8.
void gather_tile(void* dense, const void* window, const TileView& view, size_t element_size);

// window = dense[rows][cols].
void scatter_tile(void* window, const void* dense, const TileView& view, size_t element_size);

}  // namespace edgert

#endif  // EDGERT_KERNELS_ELEMENTWISE_STRIDED_H_
