// Geometry of pooling: which taps of a window lie inside the input.
#ifndef EDGERT_KERNELS_POOL_WINDOW_H_
#define EDGERT_KERNELS_POOL_WINDOW_H_

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "kernels/multiversion.h"
#include "runtime/kernel.h"

namespace edgert {

// Channels that one tile computes; their accumulators stay in the first-level cache.
constexpr int64_t kPoolChannels = 256;

// One spatial dimension. Tap t of output o reads position o * stride - pad + t * dilation.
struct PoolAxis {
  int64_t size;
  int64_t kernel;
  int64_t stride;
  int64_t dilation;
  int64_t pad_begin;
  int64_t pad_end;

  struct Window {
    int64_t first;  // position of the first tap inside
    int64_t taps;   // inside
  };
  EDGERT_INLINE Window window(int64_t output) const {
    const int64_t start = output * stride - pad_begin;
    const int64_t skipped = start < 0 ? (dilation - 1 - start) / dilation : 0;
    return {start + skipped * dilation, taps_below(start, size) - skipped};
  }
  // Taps inside the input or its padding.
  EDGERT_INLINE int64_t padded_taps(int64_t output) const {
    return taps_below(output * stride - pad_begin, size + pad_end);
  }

 private:
  EDGERT_INLINE int64_t taps_below(int64_t start, int64_t limit) const {
    return start >= limit ? 0 : std::min(kernel, (limit - 1 - start) / dilation + 1);
  }
};

// Parameters that max and average pooling share by name.
template <typename Params>
PoolAxis pool_axis_h(const Params& p, const Tensor& x) {
  return {x.dims[1], p.kernel_h, p.stride_h, p.dilation_h, p.pad_top, 0};
}
template <typename Params>
PoolAxis pool_axis_w(const Params& p, const Tensor& x) {
  return {x.dims[2], p.kernel_w, p.stride_w, p.dilation_w, p.pad_left, 0};
}

// Channels whose results stay in registers while the taps of a window pass.
constexpr int64_t kPoolLanes = 16;

// Calls compute(first, full) for blocks of channels: [first, first + kPoolLanes) where `full` is
// std::true_type (the last one may repeat channels of the one before), or all of them where they
// are fewer.
template <typename Compute>
EDGERT_INLINE void for_channel_blocks(int64_t channels, const Compute& compute) {
  if (channels < kPoolLanes) return compute(int64_t{0}, std::false_type{});
  for (int64_t c = 0; c < channels; c += kPoolLanes) {
    compute(std::min(c, channels - kPoolLanes), std::true_type{});
  }
}

// Checks ranks, N and C, types, channel strides and that the axes' arithmetic cannot overflow.
Status check_pool(Call& call, const PoolAxis& h, const PoolAxis& w);

// Tiles are (image, output row, block of channels).
struct PoolTile {
  int64_t image;
  int64_t row;
  int64_t channel;
  int64_t channels;
};
int64_t pool_tiles(const Tensor& y);
PoolTile pool_tile(const Tensor& y, int64_t index);

}  // namespace edgert

#endif  // EDGERT_KERNELS_POOL_WINDOW_H_
