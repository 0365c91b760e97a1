// Microkernel family: the float product behind conv2d_f32, with its epilogue. Tiles and row
// pointers are those of gemm_s8.h, in floats.
//
// Variants are the files gemm_f32/<isa>.cc. Every one adds the products of an output to its bias in
// the order of K, whatever tile it falls into. With fused multiply-adds the bits are the same for
// all of them. The scalar variant rounds products where `fused` does not ask for more, since
// machines that have nothing better may have no such instruction; one that always does so says it
// with `fuses`.
#ifndef EDGERT_KERNELS_CONV_GEMM_F32_H_
#define EDGERT_KERNELS_CONV_GEMM_F32_H_

#include <cstdint>

namespace edgert {

// For pixel p and channel c:
//   t = bias[c]
//   t = fma(rows[r * pixels + p][i], w(r * run_length + i, c), t)        for each r, and i within r
//   t = t + residual[p][c] where given;  y[p][c] = min(max(t, act_min), act_max)
// NaN passes the clamp; bounds are those of lower_bound and upper_bound (geometry.h).
struct GemmF32Args {
  const float* const* rows;  // [runs][pixels]; nothing past a run's end may be read
  int32_t runs;              // >= 1
  int32_t run_length;        // >= 1, in floats
  int32_t pixels;            // 1 ... mr
  int32_t channels;          // >= 1
  const float* weights;      // [blocks][runs * run_length][16], zero past `channels`
  const float* bias;         // padded to a multiple of 16
  const void* const*
      residual;    // [pixels] pointers to channel 0 (floats), or nullptr; may be y's memory
  void* const* y;  // [pixels] pointers to channel 0 (floats); no store past `channels`
  float act_min;   // may be -infinity
  float act_max;   // may be +infinity
  bool fused;      // multiply-adds, in every variant
};

struct GemmF32 {
  static constexpr int32_t kMaxPixels = 16;

  int32_t mr;  // pixels that one call takes, <= kMaxPixels
  void (*run)(const GemmF32Args& args);
  bool fuses = true;  // whether it adds as `fused` asks; else it is not used where that is set
};

}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_GEMM_F32_H_
