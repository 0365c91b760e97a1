// What weights with a zero point add to the sums of a pixel:
//   sum of (x - x_zero_point) * (w - zero_point) =
//       sum of (x - x_zero_point) * w  -  zero_point * (sum of x - K * x_zero_point)
// The same for all channels, which leaves the weights themselves within a byte.
#ifndef EDGERT_KERNELS_CONV_PIXEL_BIASES_H_
#define EDGERT_KERNELS_CONV_PIXEL_BIASES_H_

#include <cstdint>

#include "kernels/conv/gemm_s8.h"
#include "kernels/conv/tiles.h"
#include "kernels/multiversion.h"

namespace edgert {

// sums[p] = sum over r < runs, i < length: rows[r * pixels + p][i]                  modulo 2^32
struct PixelSums {
  static EDGERT_INLINE void run(uint32_t* sums, const int8_t* const* rows, int64_t runs,
                                int64_t pixels, int64_t length) {
    for (int64_t p = 0; p < pixels; ++p) {
      uint32_t sum = 0;
      for (int64_t r = 0; r < runs; ++r) {
        const int8_t* row = rows[r * pixels + p];
        for (int64_t i = 0; i < length; ++i) sum += static_cast<uint32_t>(int32_t{row[i]});
      }
      sums[p] = sum;
    }
  }
};

// The biases of one tile after the other.
class PixelBiases {
 public:
  // x_zero_point: 0 where the channels' biases contain its part.
  PixelBiases(const ConvGeometry& geometry, const ConvTiles& tiles, int32_t zero_point,
              int32_t x_zero_point = 0)
      : runs_(tiles.distinct_runs),
        // Behind the patch there may be anything, up to a multiple of 4 bytes.
        length_(tiles.mode == ConvTiles::Runs::kPatch ? geometry.taps() * geometry.x_c
                                                      : tiles.run_length),
        zero_point_(static_cast<uint32_t>(zero_point)),
        constant_(zero_point_ * static_cast<uint32_t>(runs_ * length_) *
                  static_cast<uint32_t>(x_zero_point)) {}

  // nullptr where there is nothing to add; else valid until the next call.
  const int32_t* biases(const ConvTile<int8_t>& tile) {
    if (zero_point_ == 0) return nullptr;
    uint32_t sums[GemmS8::kMaxPixels];
    multiversion<PixelSums>(static_cast<uint32_t*>(sums), tile.rows, runs_, int64_t{tile.pixels},
                            length_);
    for (int32_t p = 0; p < tile.pixels; ++p) {
      biases_[p] = static_cast<int32_t>(constant_ - zero_point_ * sums[p]);
    }
    return biases_;
  }

 private:
  int64_t runs_;
  int64_t length_;
  uint32_t zero_point_;
  uint32_t constant_;
  int32_t biases_[GemmS8::kMaxPixels];
};

}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_PIXEL_BIASES_H_
