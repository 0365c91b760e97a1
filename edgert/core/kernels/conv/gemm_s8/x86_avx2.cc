// AVX2. vpmaddubsw multiplies unsigned by signed bytes and adds pairs with saturation to 16 bits;
// of |x| and sign(x) * w the pairs are at most 2 * 128 * 127, which fits, so that the sums are
// exact.
#include "kernels/conv/x86_avx2.h"

#include "kernels/conv/gemm_s8.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

constexpr int kMr = 8;
constexpr int kPixels = 4;  // by 16 channels: 8 accumulators, 2 weights, the ones, 4 temporaries

// acc += sums of 4 products in each 32-bit lane.
EDGERT_INLINE void accumulate(__m256i& acc, __m256i x, __m256i magnitude, __m256i w, __m256i ones) {
  const __m256i pairs = _mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(w, x));
  acc = _mm256_add_epi32(acc, _mm256_madd_epi16(pairs, ones));
}

// P pixels from `first` on by the block of 16 channels from `channel` on.
template <int P, typename T>
EDGERT_INLINE void compute(const GemmS8Args& args, const Epilogue<GemmS8Args>& epilogue,
                           int32_t first, int32_t channel) {
  const __m256i ones = _mm256_set1_epi16(1);
  const int8_t* w = args.weights + int64_t{channel} * args.runs * args.run_bytes;
  __m256i acc[P][2];
  EDGERT_UNROLL for (int p = 0; p < P; ++p) {
    acc[p][0] = load_vector(args.bias + channel);
    acc[p][1] = load_vector(args.bias + channel + 8);
  }
  const int8_t* const* rows = args.rows + first;
  for (int32_t r = 0; r < args.runs; ++r, rows += args.pixels) {
    const int8_t* x[P];
    EDGERT_UNROLL for (int p = 0; p < P; ++p) x[p] = rows[p];
    for (int64_t i = 0; i < args.run_bytes; i += 4, w += 64) {
      const __m256i w0 = load_vector(w), w1 = load_vector(w + 32);
      EDGERT_UNROLL for (int p = 0; p < P; ++p) {
        int32_t bytes;
        std::memcpy(&bytes, x[p] + i, 4);
        const __m256i a = _mm256_set1_epi32(bytes);
        const __m256i magnitude = _mm256_abs_epi8(a);
        accumulate(acc[p][0], a, magnitude, w0, ones);
        accumulate(acc[p][1], a, magnitude, w1, ones);
      }
    }
  }
  EDGERT_UNROLL for (int p = 0; p < P; ++p) {
    __m256 t[2];
    EDGERT_UNROLL for (int i = 0; i < 2; ++i) {
      const int32_t c = channel + 8 * i;
      t[i] = _mm256_mul_ps(_mm256_cvtepi32_ps(acc[p][i]), _mm256_loadu_ps(args.scale + c));
      if (args.post_bias != nullptr) {
        t[i] = _mm256_add_ps(t[i], _mm256_loadu_ps(args.post_bias + c));
      }
    }
    const T* residual = nullptr;
    if (args.residual != nullptr) {
      residual = static_cast<const T*>(args.residual[first + p]) + channel;
    }
    epilogue.store(args, t[0], t[1], residual, static_cast<T*>(args.y[first + p]) + channel,
                   args.channels - channel);
  }
}

// All pixels pass over one block of weights while it is in the first cache level.
template <typename T>
void gemm(const GemmS8Args& args) {
  const Epilogue<GemmS8Args> epilogue(args);
  for (int32_t c = 0; c < args.channels; c += kBlock) {
    int32_t p = 0;
    for (; p + kPixels <= args.pixels; p += kPixels) compute<kPixels, T>(args, epilogue, p, c);
    switch (args.pixels - p) {
      case 3:
        compute<3, T>(args, epilogue, p, c);
        break;
      case 2:
        compute<2, T>(args, epilogue, p, c);
        break;
      case 1:
        compute<1, T>(args, epilogue, p, c);
        break;
    }
  }
}

constexpr GemmS8 kOps{kMr, gemm<int8_t>, gemm<float>};
const Microkernel<GemmS8> registration{Isa::kAvx2, kOps};

}  // namespace
}  // namespace edgert
