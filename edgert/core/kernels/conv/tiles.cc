#include "kernels/conv/tiles.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace edgert {
namespace {

constexpr int64_t kChunkBytes = 256 * 1024;  // of weights, to stay in a second-level cache
constexpr int64_t kTileBytes = 16 * 1024;    // of x, to stay in the first level beside weights
constexpr int32_t kEnoughPixels = 16;        // smaller tiles gain nothing from the first level
constexpr int32_t kEnoughGroups = 4;         // of pixels, for what is prepared once for all
constexpr int32_t kMinRunBytes = 16;         // shorter runs cost more than a copy
constexpr uint64_t kAlignment = 64;
constexpr size_t kCopyBytes = 16;  // patches are copied in pieces of this size

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

// `count` pieces of `n` bytes, in multiples of kCopyBytes.
inline void copy_rows(std::byte* out, int64_t out_step, const std::byte* in, int64_t in_step,
                      size_t n, int32_t count) {
  for (size_t b = 0; b < n; b += kCopyBytes) {
    for (int32_t i = 0; i < count; ++i) {
      std::memcpy(out + i * out_step + b, in + i * in_step + b, kCopyBytes);
    }
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

// Large tiles have less to prepare for each pixel, if they fit the first-level cache and there are
// enough of them for all threads.
int32_t tile_pixels(int64_t pixels, int64_t bytes_per_pixel, int32_t mr, int32_t step,
                    int32_t threads) {
  const int32_t least = std::min(mr, std::max(kEnoughPixels / step, kEnoughGroups) * step);
  const int64_t cached = kTileBytes / bytes_per_pixel / step * step;
  auto count = static_cast<int32_t>(std::clamp<int64_t>(cached, least, mr));
  while (count > least && imbalance(div_up(pixels, count), threads) > 1.1) count -= step;
  return count;
}

inline const std::byte* element(const Tensor& tensor, const int64_t (&index)[4]) {
  int64_t offset = 0;
  for (int i = 0; i < 4; ++i) offset += index[i] * tensor.strides[i];
  return tensor.as<std::byte>() + offset * static_cast<int64_t>(dtype_size(tensor.dtype));
}

// Whether pixels of a tensor are equally far apart through rows and images.
bool evenly_spaced(const int64_t* strides, const ConvGeometry& g) {
  const int64_t row = g.y_w * strides[2];
  return (g.y_h == 1 || strides[1] == row) && (g.batch == 1 || strides[0] == g.y_h * row);
}

// A 1x1 convolution of evenly spaced pixels, as one long row; anything else as it is.
ConvGeometry flattened(ConvGeometry g, const Tensor* residual) {
  const Window& w = g.window;
  const bool same_pixels = g.taps() == 1 && w.stride_h == 1 && w.stride_w == 1 && w.pad_top == 0 &&
                           w.pad_left == 0 && g.x_h == g.y_h && g.x_w == g.y_w;
  if (!same_pixels || g.pixels() > std::numeric_limits<int32_t>::max() ||
      !evenly_spaced(g.x_stride, g) || !evenly_spaced(g.y_stride, g) ||
      (residual != nullptr && !evenly_spaced(residual->strides, g))) {
    return g;
  }
  g.x_w = g.y_w = static_cast<int32_t>(g.pixels());
  g.batch = g.x_h = g.y_h = 1;
  return g;
}

// The last column of x at which a kernel row may be read in pieces of kCopyBytes: that is without
// gaps, and inside its row of the image.
int64_t last_copied_column(const ConvGeometry& g, size_t element_size) {
  if (g.window.dilation_w != 1 || g.x_stride[2] != g.x_c) return -1;
  const auto pixel_bytes = int64_t{g.x_c} * static_cast<int64_t>(element_size);
  const int64_t copied = round_up(g.window.kernel_w * pixel_bytes, int64_t{kCopyBytes});
  const int64_t spare = g.x_w * pixel_bytes - copied;
  return spare < 0 ? -1 : spare / pixel_bytes;
}

}  // namespace

ConvTiles::ConvTiles(const ConvGeometry& g, int32_t mr, int32_t step_of_pixels, size_t element_size,
                     int32_t threads, int32_t terms)
    : pixel_step(step_of_pixels), pixel_steps((g.pixels() + step_of_pixels - 1) / step_of_pixels) {
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
  distinct_runs = runs;
  runs *= terms;

  max_pixels = tile_pixels(g.pixels(),
                           int64_t{distinct_runs} * run_length * static_cast<int64_t>(element_size),
                           mr, pixel_step, threads);
  pixel_tiles = div_up(g.pixels(), max_pixels);
  const int32_t pairs = div_up(g.blocks(), 2);  // microkernels like to compute blocks in pairs
  const int64_t group_bytes =
      int64_t{runs} * run_length * g.blocks() * kConvBlock * static_cast<int64_t>(element_size);
  int32_t wanted = std::clamp(div_up(group_bytes, kChunkBytes), 1, pairs);
  while (wanted < pairs && imbalance(pixel_tiles * wanted * g.groups, threads) > 1.1) ++wanted;
  chunk_blocks = 2 * div_up(pairs, wanted);
  chunks = div_up(g.blocks(), chunk_blocks);

  const auto size = [&](int64_t elements) {
    return round_up(static_cast<uint64_t>(elements) * element_size, kAlignment);
  };
  slots_offset = size(run_length);
  patches_offset = round_up(
      static_cast<uint64_t>(runs) * static_cast<uint64_t>(max_pixels) * sizeof(void*), kAlignment);
  patch_length = 0;
  if (mode != Runs::kTap) {
    const auto copied = static_cast<int64_t>(kCopyBytes / element_size);
    patch_length = int64_t{distinct_runs} * run_length + (mode == Runs::kPatch ? copied : 0);
  }
  slot_bytes = patches_offset + size(max_pixels * patch_length);
  scratch_bytes = slots_offset + 2 * slot_bytes;
}

template <typename T>
ConvTileIterator<T>::ConvTileIterator(const ConvGeometry& geometry, const ConvTiles& tiles,
                                      const Tensor& x, const Tensor& y, const Tensor* residual,
                                      T padding, int64_t begin, int64_t end, std::byte* scratch)
    : g_(flattened(geometry, residual)),
      tiles_(tiles),
      x_(x),
      y_(y),
      residual_(residual),
      padding_(padding),
      padding_run_(reinterpret_cast<T*>(scratch)),
      last_copied_column_(last_copied_column(g_, sizeof(T))),
      end_(end),
      slot_(slots_) {
  std::fill_n(padding_run_, tiles.slots_offset / sizeof(T), padding);
  for (Slot& slot : slots_) {
    scratch += &slot == slots_ ? tiles.slots_offset : tiles.slot_bytes;
    slot.rows = reinterpret_cast<const T**>(scratch);
    slot.patches = reinterpret_cast<T*>(scratch + tiles.patches_offset);
    slot.tile.rows = slot.rows;
  }
  seek(begin);
  if (begin < end) prepare();
}

template <typename T>
const ConvTile<T>* ConvTileIterator<T>::next() {
  // index_ is one further than the tile to return, but at the end, where nothing is prepared.
  if (index_ > end_) return nullptr;
  const ConvTile<T>* tile = &slot_->tile;
  slot_ = slot_ == slots_ ? slots_ + 1 : slots_;
  if (index_ < end_) {
    prepare();
  } else {
    ++index_;
  }
  return tile;
}

template <typename T>
void ConvTileIterator<T>::seek(int64_t index) {
  index_ = index;
  pixel_tile_ = index % tiles_.pixel_tiles;
  chunk_ = static_cast<int32_t>(index / tiles_.pixel_tiles % tiles_.chunks);
  group_ = static_cast<int32_t>(index / tiles_.pixel_tiles / tiles_.chunks);
  pixel_ = tiles_.first_pixel(pixel_tile_, g_.pixels());
  ox_ = static_cast<int32_t>(pixel_ % g_.y_w);
  oy_ = static_cast<int32_t>(pixel_ / g_.y_w % g_.y_h);
  n_ = static_cast<int32_t>(pixel_ / g_.y_w / g_.y_h);
}

// Fills slot_ with tile index_, and advances.
template <typename T>
void ConvTileIterator<T>::prepare() {
  ConvTile<T>& tile = slot_->tile;
  const int64_t last = tiles_.first_pixel(pixel_tile_ + 1, g_.pixels());
  const int32_t channel = chunk_ * tiles_.chunk_blocks * kConvBlock;
  tile.pixels = static_cast<int32_t>(last - pixel_);
  tile.channels = std::min(tiles_.chunk_blocks * kConvBlock, g_.y_c - channel);
  tile.first_block = int64_t{group_} * g_.blocks() + channel / kConvBlock;
  for (int32_t p = 0; p < tile.pixels;) {
    const int32_t count = std::min(tile.pixels - p, g_.y_w - ox_);
    place_outputs(p, count, int64_t{group_} * g_.y_c + channel);
    place_inputs(p, count, x_.as<T>() + n_ * g_.x_stride[0] + int64_t{group_} * g_.x_c);
    p += count;
    ox_ += count;
    if (ox_ < g_.y_w) continue;
    ox_ = 0;
    if (++oy_ < g_.y_h) continue;
    oy_ = 0;
    ++n_;
  }
  const int64_t distinct = int64_t{tiles_.distinct_runs} * tile.pixels;
  const int64_t all = int64_t{tiles_.runs} * tile.pixels;
  for (int64_t i = distinct; i < all; ++i) slot_->rows[i] = slot_->rows[i - distinct];
  pixel_ = last;
  ++index_;
  if (++pixel_tile_ == tiles_.pixel_tiles) seek(index_);
}

// `count` pixels of output row oy_, from tile pixel p and column ox_ on.
template <typename T>
void ConvTileIterator<T>::place_outputs(int32_t p, int32_t count, int64_t channel) {
  ConvTile<T>& tile = slot_->tile;
  const auto size = static_cast<int64_t>(dtype_size(y_.dtype));
  const int64_t first[4] = {n_, oy_, ox_, channel};
  std::byte* y = const_cast<std::byte*>(element(y_, first));
  for (int32_t i = 0; i < count; ++i) tile.y[p + i] = y + i * y_.strides[2] * size;
  if (residual_ == nullptr) return;
  const std::byte* residual = element(*residual_, first);
  for (int32_t i = 0; i < count; ++i) {
    tile.residual[p + i] = residual + i * residual_->strides[2] * size;
  }
}

template <typename T>
void ConvTileIterator<T>::place_inputs(int32_t p, int32_t count, const T* image) {
  const Window& w = g_.window;
  const int32_t iy = oy_ * w.stride_h - w.pad_top;
  const int32_t ix = ox_ * w.stride_w - w.pad_left;
  switch (tiles_.mode) {
    case ConvTiles::Runs::kKernelRow:
      return place_kernel_rows(p, count, image, iy, ix);
    case ConvTiles::Runs::kTap:
      for (int32_t i = 0; i < count; ++i) tap_runs(p + i, image, iy, ix + i * w.stride_w);
      return;
    case ConvTiles::Runs::kPatch:
      return place_patches(p, count, image, iy, ix);
  }
}

// Pixels at the left border of the image, then those with all their columns inside, then the rest.
template <typename T>
void ConvTileIterator<T>::place_kernel_rows(int32_t p, int32_t count, const T* image, int32_t iy,
                                            int32_t ix) {
  const Window& w = g_.window;
  const int32_t spare = g_.x_w - w.kernel_w - ix;  // columns behind the first pixel's window
  const int32_t first = ix >= 0 ? 0 : std::min(count, div_up(-ix, w.stride_w));
  const int32_t end = spare < 0 ? first : std::clamp(spare / w.stride_w + 1, first, count);
  for (int32_t i = 0; i < first; ++i) border_runs(p + i, image, iy, ix + i * w.stride_w);
  if (first < end) inside_runs(p + first, end - first, image, iy, ix + first * w.stride_w);
  for (int32_t i = end; i < count; ++i) border_runs(p + i, image, iy, ix + i * w.stride_w);
}

template <typename T>
void ConvTileIterator<T>::place_patches(int32_t p, int32_t count, const T* image, int32_t iy,
                                        int32_t ix) {
  const int32_t step = g_.window.stride_w;
  int32_t end = count;  // of those that can be copied
  while (end > 0 && ix + (end - 1) * step > last_copied_column_) --end;
  int32_t i = 0;
  for (; i < end && ix + i * step < 0; ++i) gather_patch(p + i, image, iy, ix + i * step);
  if (i < end) copy_patches(p + i, end - i, image, iy, ix + i * step);
  for (i = std::max(i, end); i < count; ++i) gather_patch(p + i, image, iy, ix + i * step);
}

// Kernel rows of pixels that have all their columns inside the image.
template <typename T>
void ConvTileIterator<T>::inside_runs(int32_t p, int32_t count, const T* image, int32_t iy,
                                      int32_t ix) {
  const int64_t step = g_.window.stride_w * g_.x_stride[2];
  const T** row = slot_->rows + p;
  for (int32_t r = 0; r < tiles_.distinct_runs; ++r, row += slot_->tile.pixels) {
    const int32_t y = iy + r * g_.window.dilation_h;
    const bool inside = y >= 0 && y < g_.x_h;
    const T* x = inside ? image + y * g_.x_stride[1] + ix * g_.x_stride[2] : padding_run_;
    for (int32_t i = 0; i < count; ++i) row[i] = inside ? x + i * step : x;
  }
}

// Kernel rows of a pixel that has columns outside the image.
template <typename T>
void ConvTileIterator<T>::border_runs(int32_t p, const T* image, int32_t iy, int32_t ix) {
  T* copy = slot_->patches + p * tiles_.patch_length;
  const T** row = slot_->rows + p;
  for (int32_t r = 0; r < tiles_.distinct_runs; ++r, row += slot_->tile.pixels) {
    const int32_t y = iy + r * g_.window.dilation_h;
    const bool inside = y >= 0 && y < g_.x_h;
    if (inside) copy_kernel_row(copy, image, y, ix);
    *row = inside ? copy : padding_run_;
    copy += tiles_.run_length;
  }
}

template <typename T>
void ConvTileIterator<T>::tap_runs(int32_t p, const T* image, int32_t iy, int32_t ix) {
  const Window& w = g_.window;
  const T** row = slot_->rows + p;
  for (int32_t i = 0; i < w.kernel_h; ++i) {
    const int32_t y = iy + i * w.dilation_h;
    for (int32_t j = 0; j < w.kernel_w; ++j, row += slot_->tile.pixels) {
      const int32_t x = ix + j * w.dilation_w;
      const bool inside = y >= 0 && y < g_.x_h && x >= 0 && x < g_.x_w;
      *row = inside ? image + y * g_.x_stride[1] + x * g_.x_stride[2] : padding_run_;
    }
  }
}

template <typename T>
void ConvTileIterator<T>::gather_patch(int32_t p, const T* image, int32_t iy, int32_t ix) {
  T* const patch = slot_->patches + p * tiles_.patch_length;
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
  slot_->rows[p] = patch;
}

// Patches of pixels for which last_copied_column() holds, kernel row by kernel row. What a piece
// has too much is overwritten by the next row, or lies behind the patch. (Elements past K have
// zero weights.)
template <typename T>
void ConvTileIterator<T>::copy_patches(int32_t p, int32_t count, const T* image, int32_t iy,
                                       int32_t ix) {
  const auto row_bytes = static_cast<size_t>(g_.window.kernel_w * g_.x_c) * sizeof(T);
  const int64_t step = g_.window.stride_w * g_.x_stride[2] * int64_t{sizeof(T)};
  const int64_t patch_bytes = tiles_.patch_length * int64_t{sizeof(T)};
  T* const first = slot_->patches + p * tiles_.patch_length;
  for (int32_t i = 0; i < count; ++i) slot_->rows[p + i] = first + i * tiles_.patch_length;
  auto* out = reinterpret_cast<std::byte*>(first);
  for (int32_t i = 0; i < g_.window.kernel_h; ++i, out += row_bytes) {
    const int32_t y = iy + i * g_.window.dilation_h;
    const bool inside = y >= 0 && y < g_.x_h;
    const T* row = inside ? image + y * g_.x_stride[1] + ix * g_.x_stride[2] : padding_run_;
    copy_rows(out, patch_bytes, reinterpret_cast<const std::byte*>(row), inside ? step : 0,
              row_bytes, count);
  }
}

// The taps of one kernel row, padding where they are outside the image.
template <typename T>
void ConvTileIterator<T>::copy_kernel_row(T* out, const T* image, int32_t y, int32_t ix) const {
  const Window& w = g_.window;
  const T* row = image + y * g_.x_stride[1];
  if (w.dilation_w == 1 && g_.x_stride[2] == g_.x_c) {
    const int32_t left = std::clamp(-ix, 0, w.kernel_w);
    const int32_t right = std::clamp(ix + w.kernel_w - g_.x_w, 0, w.kernel_w - left);
    const int64_t before = int64_t{left} * g_.x_c, after = int64_t{right} * g_.x_c;
    const int64_t inside = int64_t{w.kernel_w} * g_.x_c - before - after;
    copy_elements(out, padding_run_, before);
    copy_elements(out + before, row + std::clamp(ix, 0, g_.x_w) * g_.x_stride[2], inside);
    copy_elements(out + before + inside, padding_run_, after);
    return;
  }
  for (int32_t j = 0; j < w.kernel_w; ++j, out += g_.x_c) {
    const int32_t x = ix + j * w.dilation_w;
    const bool outside = x < 0 || x >= g_.x_w;
    copy_elements(out, outside ? padding_run_ : row + x * g_.x_stride[2], g_.x_c);
  }
}

template class ConvTileIterator<int8_t>;
template class ConvTileIterator<float>;
template class ConvTileIterator<Half>;

}  // namespace edgert
