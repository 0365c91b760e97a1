#include "kernels/pool/window.h"

namespace edgert {
namespace {

constexpr int64_t kLimit = 1 << 20;  // of every parameter: products stay far inside int64

bool sane(const PoolAxis& axis) {
  return axis.kernel >= 1 && axis.kernel <= kLimit && axis.stride >= 1 && axis.stride <= kLimit &&
         axis.dilation >= 1 && axis.dilation <= kLimit && axis.pad_begin >= 0 &&
         axis.pad_begin <= kLimit && axis.pad_end >= 0 && axis.pad_end <= kLimit;
}

}  // namespace

Status check_pool(Call& call, const PoolAxis& h, const PoolAxis& w) {
  const Tensor& x = *call.inputs[0];
  const Tensor& y = *call.outputs[0];
  EDGERT_CHECK(call, x.rank == 4 && y.rank == 4, "x and y need four dimensions");
  EDGERT_CHECK(call, x.dtype == y.dtype, "x and y differ in type");
  EDGERT_CHECK(call, x.dims[0] == y.dims[0] && x.dims[3] == y.dims[3],
               "x and y differ in batch or channels");
  EDGERT_CHECK(call, (x.strides[3] == 1 && y.strides[3] == 1) || x.dims[3] == 1,
               "channels are not contiguous");
  EDGERT_CHECK(call, sane(h) && sane(w), "kernel, stride, dilation or padding is out of range");
  EDGERT_CHECK(call, h.kernel * w.kernel <= kLimit, "the kernel is too large");
  return Status::kOk;
}

int64_t pool_tiles(const Tensor& y) {
  if (y.count == 0) return 0;
  return int64_t{y.dims[0]} * y.dims[1] * ((y.dims[3] + kPoolChannels - 1) / kPoolChannels);
}

PoolTile pool_tile(const Tensor& y, int64_t index) {
  const int64_t blocks = (y.dims[3] + kPoolChannels - 1) / kPoolChannels;
  const int64_t channel = index % blocks * kPoolChannels;
  index /= blocks;
  return {index / y.dims[1], index % y.dims[1], channel,
          std::min(kPoolChannels, y.dims[3] - channel)};
}

}  // namespace edgert
