// How conv2d_* cuts a convolution into tiles for the gemm microkernels, and where a tile's input
// rows and output pixels lie.
//
// A tile is up to `mr` consecutive output pixels (in the order N, H, W) by a chunk of the output
// channels of one group. Its input is described by row pointers (gemm_s8.h), in the first of these
// ways that is possible:
//   1. a run is a kernel row, kernel_w * Cin consecutive elements of x;
//   2. a run is one tap, Cin elements of x (gaps between the columns of x, dilation, groups);
//   3. one run holds the whole patch, copied into scratch and padded with zeros to a multiple of 4
//      (int8 runs have to be multiples of 4 bytes, and short runs are slow).
// In 1 and 2 runs outside the image point to a padding run, and those partly outside are copied.
#ifndef EDGERT_KERNELS_CONV_TILES_H_
#define EDGERT_KERNELS_CONV_TILES_H_

#include <cstddef>
#include <cstdint>

#include "kernels/conv/geometry.h"

namespace edgert {

struct ConvTiles {
  enum class Runs { kKernelRow, kTap, kPatch };

  Runs mode;
  int32_t runs;        // per pixel
  int32_t run_length;  // elements, int8: a multiple of 4
  int64_t pixel_tiles;
  int32_t chunks;        // of the channels of a group
  int32_t chunk_blocks;  // blocks of 16 channels in a chunk, the last one may have fewer
  // Bytes from the start of a thread's scratch.
  size_t padding_offset;
  size_t patches_offset;
  size_t scratch_bytes;

  // `mr`: pixels that the microkernel takes; `element_size`: of x.
  ConvTiles(const ConvGeometry& geometry, int32_t mr, size_t element_size, int32_t threads);

  int64_t count(const ConvGeometry& geometry) const {
    return pixel_tiles * chunks * geometry.groups;
  }
};

// One tile, as gemm_s8.h and gemm_f32.h want it. T is the element type of x.
template <typename T>
struct ConvTile {
  static constexpr int32_t kMaxPixels = 16;

  const T* const* rows;
  int32_t pixels;
  int32_t channels;
  int64_t first_block;  // of the packed weights, over all groups
  void* y[kMaxPixels];
  const void* residual[kMaxPixels];  // set where the call has one
};

// Walks the tiles of a range in order.
template <typename T>
class ConvTileIterator {
 public:
  // `padding` is the value of taps outside the image. `residual` may be nullptr.
  ConvTileIterator(const ConvGeometry& geometry, const ConvTiles& tiles, const Tensor& x,
                   const Tensor& y, const Tensor* residual, T padding, std::byte* scratch);

  // The pointers stay valid until the next call.
  const ConvTile<T>& tile(int64_t index);

 private:
  void place_outputs(int32_t p, int32_t count, const int64_t (&first)[4]);
  void place_inputs(int32_t p, int32_t count, const T* image, int32_t oy, int32_t ox);
  void inside_runs(int32_t p, int32_t count, const T* image, int32_t iy, int32_t ix);
  void kernel_row_runs(int32_t p, const T* image, int32_t iy, int32_t ix);
  void tap_runs(int32_t p, const T* image, int32_t iy, int32_t ix);
  void gather_patch(int32_t p, const T* image, int32_t iy, int32_t ix);
  void copy_kernel_row(T* out, const T* image, int32_t y, int32_t ix) const;

  const ConvGeometry& g_;
  const ConvTiles& tiles_;
  const Tensor& x_;
  const Tensor& y_;
  const Tensor* residual_;
  T padding_;
  const T** rows_;
  T* padding_run_;
  T* patches_;
  ConvTile<T> tile_;
};

extern template class ConvTileIterator<int8_t>;
extern template class ConvTileIterator<float>;

}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_TILES_H_
