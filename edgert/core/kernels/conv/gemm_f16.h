// Microkernel family: the product behind conv2d_f16, with its epilogue. Tiles and row pointers are
// those of gemm_s8.h, in halves.
//
// Variants are the files gemm_f16/<isa>.cc. A variant adds products up in halves or in floats. In
// halves it adds the products of one output in the order of K, at most kHalfChain of them; sums of
// more are sums, in floats, of such chains. Results therefore differ between variants, but not with
// the tile a pixel or a channel falls into.
#ifndef EDGERT_KERNELS_CONV_GEMM_F16_H_
#define EDGERT_KERNELS_CONV_GEMM_F16_H_

#include <cstdint>

#include "kernels/half.h"

namespace edgert {

constexpr int32_t kHalfChain = 128;

// For pixel p and channel c:
//   t = bias[c] + sum over r, i: rows[r * pixels + p][i] * w(r * run_length + i, c)
//   t = t + residual[p][c] where given;  y[p][c] = min(max(t, act_min), act_max), half to even
struct GemmF16Args {
  const Half* const* rows;  // [runs][pixels]; nothing past a run's end may be read
  int32_t runs;             // >= 1
  int32_t run_length;       // >= 1, in halves
  int32_t pixels;           // 1 ... mr
  int32_t channels;         // >= 1
  const Half* weights;      // [blocks][runs * run_length][16], zero past `channels`
  const float* bias;        // padded to a multiple of 16
  const void* const*
      residual;    // [pixels] pointers to channel 0 (halves), or nullptr; may be y's memory
  void* const* y;  // [pixels] pointers to channel 0 (halves); no store past `channels`
  float act_min;   // may be -infinity
  float act_max;   // may be +infinity
};

struct GemmF16 {
  static constexpr int32_t kMaxPixels = 16;

  int32_t mr;  // pixels that one call takes, <= kMaxPixels
  void (*run)(const GemmF16Args& args);
};

}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_GEMM_F16_H_
