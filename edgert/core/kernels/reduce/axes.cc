#include "kernels/reduce/axes.h"

#include <cstdlib>

namespace edgert {
namespace {

using Dim = ReduceAxes::Dim;
using Group = ReduceAxes::Group;

void insert_sorted(Group& group, const Dim& dim) {
  int i = group.rank++;
  for (; i > 0 && std::abs(group.dims[i - 1].x_stride) < std::abs(dim.x_stride); --i) {
    group.dims[i] = group.dims[i - 1];
  }
  group.dims[i] = dim;
}

void merge(Group& group) {
  int last = 0;
  for (int i = 1; i < group.rank; ++i) {
    const Dim& inner = group.dims[i];
    Dim& outer = group.dims[last];
    if (outer.x_stride == inner.x_stride * inner.size &&
        outer.y_stride == inner.y_stride * inner.size) {
      outer = {outer.size * inner.size, inner.x_stride, inner.y_stride};
    } else {
      group.dims[++last] = inner;
    }
  }
  group.rank = last + 1;
}

int64_t outer_offset(const Group& group, int64_t index, int64_t Dim::*stride) {
  int64_t offset = 0;
  for (int i = group.rank - 2; i >= 0; --i) {
    offset += index % group.dims[i].size * (group.dims[i].*stride);
    index /= group.dims[i].size;
  }
  return offset;
}

}  // namespace

int64_t ReduceAxes::Group::count() const {
  int64_t count = 1;
  for (int i = 0; i < rank; ++i) count *= dims[i].size;
  return count;
}

int64_t ReduceAxes::Group::outer_x(int64_t index) const {
  return outer_offset(*this, index, &Dim::x_stride);
}
int64_t ReduceAxes::Group::outer_y(int64_t index) const {
  return outer_offset(*this, index, &Dim::y_stride);
}

ReduceAxes::ReduceAxes(const Tensor& x, const Tensor& y) {
  for (int i = 0; i < x.rank; ++i) {
    if (x.dims[i] == 1) continue;
    if (y.dims[i] == x.dims[i]) {
      insert_sorted(kept, {x.dims[i], x.strides[i], y.strides[i]});
    } else {
      insert_sorted(reduced, {x.dims[i], x.strides[i], 0});
    }
  }
  merge(kept);
  merge(reduced);
}

Status check_reduce(Call& call) {
  const Tensor& x = *call.inputs[0];
  const Tensor& y = *call.outputs[0];
  EDGERT_CHECK(call, x.rank == y.rank, "x and y differ in rank");
  for (int i = 0; i < x.rank; ++i) {
    EDGERT_CHECK(call, y.dims[i] == x.dims[i] || y.dims[i] == 1,
                 "dimension %d of y is not that of x", i);
  }
  EDGERT_CHECK(call, x.count > 0 || y.count == 0, "x is empty");
  return Status::kOk;
}

}  // namespace edgert
