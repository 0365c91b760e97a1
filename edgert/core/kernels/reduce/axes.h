// How a reduction walks over its input: dimensions that are kept and dimensions that are reduced.
#ifndef EDGERT_KERNELS_REDUCE_AXES_H_
#define EDGERT_KERNELS_REDUCE_AXES_H_

#include <cstdint>

#include "runtime/kernel.h"

namespace edgert {

// x and y have equal rank; a reduced dimension has size 1 in y. Dimensions of size 1 in x are
// dropped, neighbours that lie like one dimension are merged, the smallest x stride comes last.
class ReduceAxes {
 public:
  struct Dim {
    int64_t size = 1;
    int64_t x_stride = 0;
    int64_t y_stride = 0;
  };
  struct Group {
    int rank = 0;  // at least 1 once constructed
    Dim dims[EDGERT_MAX_RANK];

    int64_t count() const;
    const Dim& inner() const { return dims[rank - 1]; }
    // Offsets of the index'th position, counted row-major over all but the inner dimension.
    int64_t outer_x(int64_t index) const;
    int64_t outer_y(int64_t index) const;
    int64_t outer_count() const { return inner().size == 0 ? 0 : count() / inner().size; }
  };

  ReduceAxes(const Tensor& x, const Tensor& y);

  Group kept;
  Group reduced;
};

// Dims as described above, something to reduce for every output.
Status check_reduce(Call& call);

}  // namespace edgert

#endif  // EDGERT_KERNELS_REDUCE_AXES_H_
