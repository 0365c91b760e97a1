// cumulative: running sums or products along one axis, docs/kernels.md.
#include <algorithm>

#include "kernels/copy/checks.h"
#include "runtime/kernel.h"

namespace edgert {
namespace {

constexpr int64_t kBlock = 64;  // columns of one tile

struct Params {
  int32_t product;
  int32_t exclusive;  // without the element itself
};
constexpr ParamField kFields[] = {EDGERT_FIELD(Params, product), EDGERT_FIELD(Params, exclusive)};

int64_t blocks(const Tensor& x) { return (x.dims[2] + kBlock - 1) / kBlock; }

Status prepare(Call& call) {
  const Tensor& x = *call.inputs[0];
  const Tensor& y = *call.outputs[0];
  EDGERT_CHECK(call, x.rank == 3 && same_dims(x, y) && x.dtype == y.dtype,
               "x and y differ in type or shape, or have not three dimensions");
  EDGERT_CHECK(call,
               x.dtype == DType::kF32 || x.dtype == DType::kF64 || x.dtype == DType::kS32 ||
                   x.dtype == DType::kS64,
               "x is neither f32 nor f64, s32 or s64");
  EDGERT_CHECK(call, is_writable(y), "output elements share memory");
  call.tiles = x.dims[0] * blocks(x);
  return Status::kOk;
}

// T is unsigned for integers: overflow wraps.
template <typename T>
void run_tile(const Tensor& x, const Tensor& y, int64_t outer, int64_t first,
              const Params& params) {
  const int64_t n = std::min<int64_t>(kBlock, x.dims[2] - first);
  const T* from = x.as<T>() + outer * x.strides[0] + first * x.strides[2];
  T* to = static_cast<T*>(y.data) + outer * y.strides[0] + first * y.strides[2];
  T totals[kBlock];
  std::fill(totals, totals + n, params.product != 0 ? T{1} : T{0});
  for (int64_t i = 0; i < x.dims[1]; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      const T value = from[j * x.strides[2]];
      const T total = params.product != 0 ? totals[j] * value : totals[j] + value;
      to[j * y.strides[2]] = params.exclusive != 0 ? totals[j] : total;
      totals[j] = total;
    }
    from += x.strides[1];
    to += y.strides[1];
  }
}

Status run(const Call& call, int64_t begin, int64_t end, std::byte*) {
  const Tensor& x = *call.inputs[0];
  const Tensor& y = *call.outputs[0];
  const Params& params = call.parameters<Params>();
  const auto tile = x.dtype == DType::kF32   ? run_tile<float>
                    : x.dtype == DType::kF64 ? run_tile<double>
                    : x.dtype == DType::kS32 ? run_tile<uint32_t>
                                             : run_tile<uint64_t>;
  for (int64_t i = begin; i < end; ++i) {
    tile(x, y, i / blocks(x), i % blocks(x) * kBlock, params);
  }
  return Status::kOk;
}

const Kernel kernel{"cumulative", 1, "x -> y", sizeof(Params), kFields, prepare, run};

}  // namespace
}  // namespace edgert
