// sample: y[i, :] = sum over t of weight[i, t] * x[index[i, t], :], docs/kernels.md.
//
// What resamples at places that are computed at run time: a point is a few rows of x with weights.
#include <algorithm>

#include "kernels/copy/checks.h"
#include "kernels/index/indices.h"
#include "kernels/multiversion.h"
#include "runtime/kernel.h"

namespace edgert {
namespace {

constexpr int64_t kTileBytes = 32 * 1024;

struct Tap {
  const float* row;
  float weight;
};

// Whole blocks of channels stay in registers over all taps.
struct WeightedSum {
  static constexpr int64_t kBlock = 32;

  static EDGERT_INLINE void run(float* __restrict y, int64_t channels, const Tap* taps,
                                int64_t count) {
    int64_t c = 0;
    for (; c + kBlock <= channels; c += kBlock) {
      float sum[kBlock] = {};
      for (int64_t t = 0; t < count; ++t) {
        const float* __restrict row = taps[t].row + c;
        for (int64_t i = 0; i < kBlock; ++i) sum[i] += row[i] * taps[t].weight;
      }
      for (int64_t i = 0; i < kBlock; ++i) y[c + i] = sum[i];
    }
    for (; c < channels; ++c) {
      float sum = 0;
      for (int64_t t = 0; t < count; ++t) sum += taps[t].row[c] * taps[t].weight;
      y[c] = sum;
    }
  }
};

int64_t points_per_tile(const Tensor& y) {
  return std::max<int64_t>(1, kTileBytes / (int64_t{y.dims[1]} * int64_t{sizeof(float)}));
}

Status prepare(Call& call) {
  const Tensor& x = *call.inputs[0];
  const Tensor& index = *call.inputs[1];
  const Tensor& weight = *call.inputs[2];
  const Tensor& y = *call.outputs[0];
  EDGERT_CHECK(call, x.rank == 2 && index.rank == 2 && weight.rank == 2 && y.rank == 2,
               "has wrong ranks");
  EDGERT_CHECK(call,
               x.dtype == DType::kF32 && y.dtype == DType::kF32 && weight.dtype == DType::kF32,
               "x, weights and output are not float");
  EDGERT_CHECK(call, is_index_type(index.dtype), "indices are neither int32 nor int64");
  EDGERT_CHECK(call, same_dims(index, weight), "indices and weights differ in shape");
  EDGERT_CHECK(call, x.dims[1] == y.dims[1] && index.dims[0] == y.dims[0],
               "x, indices and output differ in shape");
  EDGERT_CHECK(call, x.dims[1] == 1 || (x.strides[1] == 1 && y.strides[1] == 1),
               "channels are not contiguous");
  EDGERT_CHECK(call, is_writable(y), "output elements share memory");
  call.tiles = y.count == 0 ? 0 : (y.dims[0] + points_per_tile(y) - 1) / points_per_tile(y);
  call.scratch_bytes = static_cast<uint64_t>(index.dims[1]) * sizeof(Tap);
  return Status::kOk;
}

Status run(const Call& call, int64_t begin, int64_t end, std::byte* scratch) {
  const Tensor& x = *call.inputs[0];
  const Tensor& index = *call.inputs[1];
  const Tensor& weight = *call.inputs[2];
  Tensor& y = *call.outputs[0];
  Tap* taps = reinterpret_cast<Tap*>(scratch);
  const int64_t last = std::min<int64_t>(end * points_per_tile(y), y.dims[0]);
  for (int64_t point = begin * points_per_tile(y); point < last; ++point) {
    int64_t count = 0;
    for (int64_t t = 0; t < index.dims[1]; ++t) {
      const int64_t row = index_at(index, point * index.strides[0] + t * index.strides[1]);
      if (row < 0 || row >= x.dims[0]) return out_of_range(call, row, x.dims[0]);
      const float w = weight.as<float>()[point * weight.strides[0] + t * weight.strides[1]];
      // What lies outside of the image has weight 0: it is not read, be it infinite or NaN.
      if (w != 0) taps[count++] = {x.as<float>() + row * x.strides[0], w};
    }
    multiversion<WeightedSum>(y.as<float>() + point * y.strides[0], int64_t{x.dims[1]},
                              static_cast<const Tap*>(taps), count);
  }
  return Status::kOk;
}

const Kernel kernel{"sample", 1, "x, index, weight -> y", prepare, run};

}  // namespace
}  // namespace edgert
