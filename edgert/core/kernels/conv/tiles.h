// How conv2d_* cuts a convolution into tiles for the gemm microkernels, and where a tile's input
// rows and output pixels lie.
//
// A tile is some consecutive output pixels (in the order N, H, W) by a chunk of the output
// channels of one group. Its input is described by row pointers (gemm_s8.h), in the first of these
// ways that is possible:
//   1. a run is a kernel row, kernel_w * Cin consecutive elements of x;
//   2. a run is one tap, Cin elements of x (gaps between the columns of x, dilation, groups);
//   3. one run holds the whole patch, copied into scratch (int8 runs have to be multiples of 4
//      bytes, and short runs are slow). Where its length was rounded up, weights are zero, and the
//      patch may hold anything.
// In 1 and 2 runs outside the image point to a padding run, and those partly outside are copied.
//
// Where weights are sums of several terms, which do not fit into one byte, the runs of a pixel are
// given once for each term.
#ifndef EDGERT_KERNELS_CONV_TILES_H_
#define EDGERT_KERNELS_CONV_TILES_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/conv/geometry.h"
#include "kernels/half.h"

namespace edgert {

struct ConvTiles {
  enum class Runs { kKernelRow, kTap, kPatch };

  Runs mode;
  int32_t runs;           // per pixel
  int32_t distinct_runs;  // of them; the others repeat these, once for each further term of weights
  int32_t run_length;     // elements, int8: a multiple of 4
  int32_t max_pixels;     // of a tile
  int32_t pixel_step;     // all tiles have a multiple of it, but for the last one
  int64_t pixel_steps;
  int64_t pixel_tiles;
  int32_t chunks;        // of the channels of a group
  int32_t chunk_blocks;  // blocks of 16 channels in a chunk, the last one may have fewer
  int64_t patch_length;  // elements from the copied runs of a pixel to those of the next
  // A thread's scratch: the padding run, then two slots of row pointers and patches.
  uint64_t slots_offset;
  uint64_t patches_offset;  // in a slot
  uint64_t slot_bytes;
  uint64_t scratch_bytes;

  // `mr`, `step`: of the microkernel (gemm_s8.h); `element_size`: of x; `terms`: how many weights
  // meet each element of x.
  ConvTiles(const ConvGeometry& geometry, int32_t mr, int32_t step, size_t element_size,
            int32_t threads, int32_t terms = 1);

  // Where tile `index` of `pixels` begins.
  int64_t first_pixel(int64_t index, int64_t pixels) const {
    return std::min(pixels, index * pixel_steps / pixel_tiles * pixel_step);
  }

  int64_t count(const ConvGeometry& geometry) const {
    return pixel_tiles * chunks * geometry.groups;
  }
};

// One tile, as gemm_s8.h and gemm_f32.h want it. T is the element type of x.
template <typename T>
struct ConvTile {
  static constexpr int32_t kMaxPixels = 48;

  const T* const* rows;
  int32_t pixels;
  int32_t channels;
  int64_t first_block;  // of the packed weights, over all groups
  void* y[kMaxPixels];
  const void* residual[kMaxPixels];  // set where the call has one
};

// Walks the tiles [begin, end) in order. It is one tile ahead of its caller, so that patches have
// long been written to memory when a microkernel loads them, in pieces of another size.
template <typename T>
class ConvTileIterator {
 public:
  // `padding` is the value of taps outside the image. `residual` may be nullptr.
  ConvTileIterator(const ConvGeometry& geometry, const ConvTiles& tiles, const Tensor& x,
                   const Tensor& y, const Tensor* residual, T padding, int64_t begin, int64_t end,
                   std::byte* scratch);

  // The next tile, nullptr at the end. Its pointers stay valid until the next call.
  const ConvTile<T>* next();

 private:
  struct Slot {
    ConvTile<T> tile;
    const T** rows;
    T* patches;
  };

  void seek(int64_t index);
  void prepare();
  void place_outputs(int32_t p, int32_t count, int64_t channel);
  void place_inputs(int32_t p, int32_t count, const T* image);
  void place_kernel_rows(int32_t p, int32_t count, const T* image, int32_t iy, int32_t ix);
  void place_patches(int32_t p, int32_t count, const T* image, int32_t iy, int32_t ix);
  void inside_runs(int32_t p, int32_t count, const T* image, int32_t iy, int32_t ix);
  void border_runs(int32_t p, const T* image, int32_t iy, int32_t ix);
  void tap_runs(int32_t p, const T* image, int32_t iy, int32_t ix);
  void gather_patch(int32_t p, const T* image, int32_t iy, int32_t ix);
  void copy_patches(int32_t p, int32_t count, const T* image, int32_t iy, int32_t ix);
  void copy_kernel_row(T* out, const T* image, int32_t y, int32_t ix) const;

  const ConvGeometry g_;
  const ConvTiles& tiles_;
  const Tensor& x_;
  const Tensor& y_;
  const Tensor* residual_;
  T padding_;
  T* padding_run_;
  int64_t last_copied_column_;  // of the first tap, for copy_patches; -1: none

  int64_t index_;  // of the next tile to prepare
  int64_t end_;
  // Where that tile starts.
  int32_t group_, chunk_;
  int64_t pixel_tile_, pixel_;
  int32_t n_, oy_, ox_;

  Slot slots_[2];
  Slot* slot_;  // being prepared
};

extern template class ConvTileIterator<int8_t>;
extern template class ConvTileIterator<float>;
extern template class ConvTileIterator<Half>;

}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_TILES_H_
