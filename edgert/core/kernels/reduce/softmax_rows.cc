// Maximum and sum run in 16 interleaved lanes, and exp is that of math.h: the bits are the same on
// every machine.
#include <algorithm>
#include <cstring>

#include "kernels/elementwise/math.h"
#include "kernels/multiversion.h"
#include "kernels/reduce/softmax.h"

namespace edgert {
namespace {

constexpr int64_t kLanes = 16;

EDGERT_INLINE float larger(float a, float b) { return math::select(b > a, b, a); }
EDGERT_INLINE float sum(float a, float b) { return a + b; }

// Combines the lower with the upper half of the lanes, until one is left.
template <float (*combine)(float, float), int64_t kCount = kLanes>
EDGERT_INLINE float fold(float (&lanes)[kLanes]) {
  constexpr int64_t kHalf = kCount / 2;
  for (int64_t k = 0; k < kHalf; ++k) lanes[k] = combine(lanes[k], lanes[k + kHalf]);
  if constexpr (kHalf > 1) return fold<combine, kHalf>(lanes);
  return lanes[0];
}

EDGERT_INLINE float maximum_of(const float* x, int64_t n) {
  if (n < kLanes) {
    float maximum = x[0];
    for (int64_t i = 1; i < n; ++i) maximum = larger(maximum, x[i]);
    return maximum;
  }
  float lanes[kLanes];
  for (float& lane : lanes) lane = x[0];
  for (int64_t i = 0; i + kLanes <= n; i += kLanes) {
    for (int64_t k = 0; k < kLanes; ++k) lanes[k] = larger(lanes[k], x[i + k]);
  }
  // The last ones overlap others, which changes no maximum.
  for (int64_t k = 0; k < kLanes; ++k) lanes[k] = larger(lanes[k], x[n - kLanes + k]);
  return fold<larger>(lanes);
}

// Turns x into exponentials e, and adds them to the lanes' sums.
EDGERT_INLINE void exponentials(float* e, float* sums, const float* x, float maximum) {
  for (int64_t k = 0; k < kLanes; ++k) e[k] = math::exp_bounded(x[k] - maximum);
  for (int64_t k = 0; k < kLanes; ++k) sums[k] += e[k];
}

// Copies n < 2 * kCount elements in pieces of a constant size.
template <int64_t kCount = kLanes / 2>
EDGERT_INLINE void copy_few(float* to, const float* from, int64_t n) {
  if ((n & kCount) != 0) {
    std::memcpy(to, from, kCount * sizeof(float));
    to += kCount;
    from += kCount;
  }
  if constexpr (kCount > 1) copy_few<kCount / 2>(to, from, n);
}

struct Row {
  static EDGERT_INLINE void run(SoftmaxSums* result, float* y, const float* x, int64_t n) {
    const float maximum = maximum_of(x, n);
    float sums[kLanes] = {};
    float e[kLanes];
    int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
      exponentials(e, sums, x + i, maximum);
      if (y == nullptr) continue;
      for (int64_t k = 0; k < kLanes; ++k) y[i + k] = e[k];
    }
    if (i < n) {
      // The lanes past the end add exp(-infinity) = 0.
      for (int64_t k = 0; k < kLanes; ++k) e[k] = i + k < n ? x[i + k] : -math::kInfinity;
      exponentials(e, sums, e, maximum);
      if (y != nullptr) copy_few(y + i, e, n - i);
    }
    *result = {maximum, fold<sum>(sums)};
  }
};

}  // namespace

SoftmaxSums softmax_sums(float* y, const float* x, int64_t n) {
  SoftmaxSums sums;
  multiversion<Row>(&sums, y, x, n);
  return sums;
}

Status prepare_softmax(Call& call) {
  const Tensor& x = *call.inputs[0];
  const Tensor& y = *call.outputs[0];
  EDGERT_CHECK(call, x.dtype == DType::kF32 && y.dtype == DType::kF32, "x and y must be f32");
  EDGERT_CHECK(call, x.rank == 3 && y.rank == 3, "x and y need three dimensions");
  for (int i = 0; i < 3; ++i) EDGERT_CHECK(call, x.dims[i] == y.dims[i], "x and y differ in dims");
  if (x.count == 0) {
    call.tiles = 0;
    return Status::kOk;
  }
  const int64_t rows_per_tile = std::max<int64_t>(1, kSoftmaxTileElements / x.dims[1]);
  call.tiles = (int64_t{x.dims[0]} * x.dims[2] + rows_per_tile - 1) / rows_per_tile;
  call.scratch_bytes = static_cast<uint64_t>(x.dims[1]) * sizeof(float);
  return Status::kOk;
}

}  // namespace edgert
