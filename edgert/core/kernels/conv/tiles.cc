#include "kernels/conv/tiles.h"

#include <algorithm>
#include <cstring>

namespace edgert {
namespace {

constexpr int64_t kChunkBytes = 256 * 1024;  // of weights, to stay in a second-level cache
constexpr int32_t kMinRunBytes = 16;         // shorter runs cost more than a copy
constexpr size_t kAlignment = 64;

template <typename T>
T round_up(T n, T multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

int32_t div_up(int64_t n, int64_t d) { return static_cast<int32_t>((n + d - 1) / d); }

// Inline: the pieces are a few bytes long.
inline void copy_bytes(std::byte* out, const std::byte* in, size_t n) {
  if (n >= 16) {
    size_t i = 0;
    for (; i + 16 <= n; i += 16) std::memcpy(out + i, in + i, 16);
    std::memcpy(out + n - 16, in + n - 16, 16);
  } else if (n >= 8) {
    std::memcpy(out, in, 8);
    std::memcpy(out + n - 8, in + n - 8, 8);
  } else if (n >= 4) {
    std::memcpy(out, in, 4);
    std::memcpy(out + n - 4, in + n - 4, 4);
  } else {
    for (size_t i = 0; i < n; ++i) out[i] = in[i];
  }
}

template <typename T>
inline void copy_elements(T* out, const T* in, int64_t n) {
  copy_bytes(reinterpret_cast<std::byte*>(out), reinterpret_cast<const std::byte*>(in),
             static_cast<size_t>(n) * sizeof(T));
}

// How unevenly `tiles` equal pieces fall on threads: 1 is even.
double imbalance(int64_t tiles, int32_t threads) {
  return static_cast<double>(div_up(tiles, threads)) * threads / static_cast<double>(tiles);
}

inline const std::byte* element(const Tensor& tensor, const int64_t (&index)[4]) {
  int64_t offset = 0;
  for (int i = 0; i < 4; ++i) offset += index[i] * tensor.strides[i];
  return tensor.as<std::byte>() + offset * static_cast<int64_t>(dtype_size(tensor.dtype));
}

}  // namespace

ConvTiles::ConvTiles(const ConvGeometry& g, int32_t mr, size_t element_size, int32_t threads) {
  const Window& w = g.window;
  const int32_t step = element_size == 1 ? 4 : 1;
  const auto usable = [&](int32_t length) { return length % step == 0; };
  const int32_t k = static_cast<int32_t>(g.taps()) * g.x_c;
  const bool dense_rows = w.kernel_w == 1 || (w.dilation_w == 1 && g.x_stride[2] == g.x_c);
  if (dense_rows && usable(w.kernel_w * g.x_c)) {
    mode = Runs::kKernelRow;
    runs = w.kernel_h;
    run_length = w.kernel_w * g.x_c;
  } else if (usable(g.x_c) && g.x_c * static_cast<int32_t>(element_size) >= kMinRunBytes) {
    mode = Runs::kTap;
    runs = static_cast<int32_t>(g.taps());
    run_length = g.x_c;
  } else {
    mode = Runs::kPatch;
    runs = 1;
    run_length = round_up(k, step);
  }

  pixel_tiles = div_up(g.pixels(), mr);
  const int32_t pairs = div_up(g.blocks(), 2);  // microkernels like to compute blocks in pairs
  const int64_t group_bytes =
      int64_t{runs} * run_length * g.blocks() * kConvBlock * static_cast<int64_t>(element_size);
  int32_t wanted = std::clamp(div_up(group_bytes, kChunkBytes), 1, pairs);
  while (wanted < pairs && imbalance(pixel_tiles * wanted * g.groups, threads) > 1.1) ++wanted;
  chunk_blocks = 2 * div_up(pairs, wanted);
  chunks = div_up(g.blocks(), chunk_blocks);

  const auto size = [&](int64_t elements) {
    return round_up(static_cast<size_t>(elements) * element_size, kAlignment);
  };
  padding_offset =
      round_up(static_cast<size_t>(runs) * static_cast<size_t>(mr) * sizeof(void*), kAlignment);
  patches_offset = padding_offset + size(run_length);
  const int64_t patch = mode == Runs::kTap ? 0 : int64_t{runs} * run_length;
  scratch_bytes = patches_offset + size(mr * patch);
}

template <typename T>
ConvTileIterator<T>::ConvTileIterator(const ConvGeometry& geometry, const ConvTiles& tiles,
                                      const Tensor& x, const Tensor& y, const Tensor* residual,
                                      T padding, std::byte* scratch)
    : g_(geometry),
      tiles_(tiles),
      x_(x),
      y_(y),
      residual_(residual),
      padding_(padding),
      rows_(reinterpret_cast<const T**>(scratch)),
      padding_run_(reinterpret_cast<T*>(scratch + tiles.padding_offset)),
      patches_(reinterpret_cast<T*>(scratch + tiles.patches_offset)),
      tile_() {
  tile_.rows = rows_;
  std::fill_n(padding_run_, tiles.run_length, padding);
}

template <typename T>
const ConvTile<T>& ConvTileIterator<T>::tile(int64_t index) {
  const int64_t pixel_tile = index % tiles_.pixel_tiles;
  const int64_t chunk = index / tiles_.pixel_tiles % tiles_.chunks;
  const auto group = static_cast<int32_t>(index / tiles_.pixel_tiles / tiles_.chunks);
  const auto channel = static_cast<int32_t>(chunk * tiles_.chunk_blocks) * kConvBlock;
  const int64_t first = pixel_tile * g_.pixels() / tiles_.pixel_tiles;
  const int64_t last = (pixel_tile + 1) * g_.pixels() / tiles_.pixel_tiles;
  tile_.pixels = static_cast<int32_t>(last - first);
  tile_.channels = std::min(tiles_.chunk_blocks * kConvBlock, g_.y_c - channel);
  tile_.first_block = int64_t{group} * g_.blocks() + channel / kConvBlock;

  auto ox = static_cast<int32_t>(first % g_.y_w);
  auto oy = static_cast<int32_t>(first / g_.y_w % g_.y_h);
  auto n = static_cast<int32_t>(first / g_.y_w / g_.y_h);
  for (int32_t p = 0; p < tile_.pixels; ox = 0) {
    const int32_t count = std::min(tile_.pixels - p, g_.y_w - ox);
    place_outputs(p, count, {n, oy, ox, int64_t{group} * g_.y_c + channel});
    place_inputs(p, count, x_.as<T>() + n * g_.x_stride[0] + int64_t{group} * g_.x_c, oy, ox);
    p += count;
    if (++oy < g_.y_h) continue;
    oy = 0;
    ++n;
  }
  return tile_;
}

// `count` pixels of one output row, from tile pixel p and output element `first` on.
template <typename T>
void ConvTileIterator<T>::place_outputs(int32_t p, int32_t count, const int64_t (&first)[4]) {
  const auto size = static_cast<int64_t>(dtype_size(y_.dtype));
  std::byte* y = const_cast<std::byte*>(element(y_, first));
  for (int32_t i = 0; i < count; ++i) tile_.y[p + i] = y + i * y_.strides[2] * size;
  if (residual_ == nullptr) return;
  const std::byte* residual = element(*residual_, first);
  for (int32_t i = 0; i < count; ++i) {
    tile_.residual[p + i] = residual + i * residual_->strides[2] * size;
  }
}

template <typename T>
void ConvTileIterator<T>::place_inputs(int32_t p, int32_t count, const T* image, int32_t oy,
                                       int32_t ox) {
  const Window& w = g_.window;
  const int32_t iy = oy * w.stride_h - w.pad_top;
  const int32_t ix = ox * w.stride_w - w.pad_left;
  const int32_t last = ix + (count - 1) * w.stride_w + w.kernel_w - 1;
  if (tiles_.mode == ConvTiles::Runs::kKernelRow && ix >= 0 && last < g_.x_w) {
    return inside_runs(p, count, image, iy, ix);
  }
  for (int32_t i = 0; i < count; ++i) {
    const int32_t x = ix + i * w.stride_w;
    switch (tiles_.mode) {
      case ConvTiles::Runs::kKernelRow:
        kernel_row_runs(p + i, image, iy, x);
        break;
      case ConvTiles::Runs::kTap:
        tap_runs(p + i, image, iy, x);
        break;
      case ConvTiles::Runs::kPatch:
        gather_patch(p + i, image, iy, x);
        break;
    }
  }
}

// Kernel rows of pixels that have all their columns inside the image.
template <typename T>
void ConvTileIterator<T>::inside_runs(int32_t p, int32_t count, const T* image, int32_t iy,
                                      int32_t ix) {
  const int64_t step = g_.window.stride_w * g_.x_stride[2];
  const T** row = rows_ + p;
  for (int32_t r = 0; r < tiles_.runs; ++r, row += tile_.pixels) {
    const int32_t y = iy + r * g_.window.dilation_h;
    const bool inside = y >= 0 && y < g_.x_h;
    const T* x = inside ? image + y * g_.x_stride[1] + ix * g_.x_stride[2] : padding_run_;
    for (int32_t i = 0; i < count; ++i) row[i] = inside ? x + i * step : x;
  }
}

template <typename T>
void ConvTileIterator<T>::kernel_row_runs(int32_t p, const T* image, int32_t iy, int32_t ix) {
  const bool whole = ix >= 0 && ix <= g_.x_w - g_.window.kernel_w;
  const T* column = whole ? image + ix * g_.x_stride[2] : nullptr;
  for (int32_t r = 0; r < tiles_.runs; ++r) {
    const int32_t y = iy + r * g_.window.dilation_h;
    const T*& row = rows_[int64_t{r} * tile_.pixels + p];
    if (y < 0 || y >= g_.x_h) {
      row = padding_run_;
    } else if (whole) {
      row = column + y * g_.x_stride[1];
    } else {
      T* copy = patches_ + (int64_t{p} * tiles_.runs + r) * tiles_.run_length;
      copy_kernel_row(copy, image, y, ix);
      row = copy;
    }
  }
}

template <typename T>
void ConvTileIterator<T>::tap_runs(int32_t p, const T* image, int32_t iy, int32_t ix) {
  const Window& w = g_.window;
  const T** row = rows_ + p;
  for (int32_t i = 0; i < w.kernel_h; ++i) {
    const int32_t y = iy + i * w.dilation_h;
    for (int32_t j = 0; j < w.kernel_w; ++j, row += tile_.pixels) {
      const int32_t x = ix + j * w.dilation_w;
      const bool inside = y >= 0 && y < g_.x_h && x >= 0 && x < g_.x_w;
      *row = inside ? image + y * g_.x_stride[1] + x * g_.x_stride[2] : padding_run_;
    }
  }
}

template <typename T>
void ConvTileIterator<T>::gather_patch(int32_t p, const T* image, int32_t iy, int32_t ix) {
  T* const patch = patches_ + int64_t{p} * tiles_.run_length;
  T* out = patch;
  const int32_t row_length = g_.window.kernel_w * g_.x_c;
  for (int32_t i = 0; i < g_.window.kernel_h; ++i, out += row_length) {
    const int32_t y = iy + i * g_.window.dilation_h;
    if (y < 0 || y >= g_.x_h) {
      std::fill_n(out, row_length, padding_);
    } else {
      copy_kernel_row(out, image, y, ix);
    }
  }
  while (out < patch + tiles_.run_length) *out++ = 0;
  rows_[p] = patch;
}

// The taps of one kernel row, padding where they are outside the image.
template <typename T>
void ConvTileIterator<T>::copy_kernel_row(T* out, const T* image, int32_t y, int32_t ix) const {
  const Window& w = g_.window;
  const T* row = image + y * g_.x_stride[1];
  if (w.dilation_w == 1 && g_.x_stride[2] == g_.x_c && ix >= 0 && ix <= g_.x_w - w.kernel_w) {
    return copy_elements(out, row + ix * g_.x_stride[2], int64_t{w.kernel_w} * g_.x_c);
  }
  for (int32_t j = 0; j < w.kernel_w; ++j, out += g_.x_c) {
    const int32_t x = ix + j * w.dilation_w;
    if (x >= 0 && x < g_.x_w) {
      copy_elements(out, row + x * g_.x_stride[2], g_.x_c);
    } else {
      std::fill_n(out, g_.x_c, padding_);
    }
  }
}

template class ConvTileIterator<int8_t>;
template class ConvTileIterator<float>;

}  // namespace edgert
