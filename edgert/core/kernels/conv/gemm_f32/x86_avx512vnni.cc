// AVX-512: up to 10 pixels by 2 vectors of 16 channels; more vectors where pixels are few, to hide
// the latency of the multiply-adds.
#include "kernels/conv/gemm_f32/x86.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

constexpr int kMr = 10;

void gemm(const GemmF32Args& args) {
  using Function = void (*)(const GemmF32Args&);
  static constexpr Function kPixels[kMr] = {
      gemm_f32_pixels<1, 8>, gemm_f32_pixels<2, 4>, gemm_f32_pixels<3, 4>, gemm_f32_pixels<4, 4>,
      gemm_f32_pixels<5, 4>, gemm_f32_pixels<6, 2>, gemm_f32_pixels<7, 2>, gemm_f32_pixels<8, 2>,
      gemm_f32_pixels<9, 2>, gemm_f32_pixels<10, 2>};
  kPixels[args.pixels - 1](args);
}

constexpr GemmF32 kOps{kMr, gemm};
const Microkernel<GemmF32> registration{Isa::kAvx512Vnni, kOps};

}  // namespace
}  // namespace edgert
