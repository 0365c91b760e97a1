// AVX2. vpmaddubsw multiplies unsigned by signed bytes and adds pairs with saturation to 16 bits;
// of |x| and sign(x) * w the pairs are at most 2 * 128 * 127, which fits, so that the sums are
// exact. But sign(x) * -128 is no byte: weights of the full range are multiplied as 16-bit words.
#include "kernels/conv/x86_avx2.h"

#include <algorithm>

#include "kernels/conv/gemm_s8.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

constexpr int kMr = 8;
constexpr int kPixels = 4;  // by 16 channels: 8 accumulators, 2 weights, the ones, 4 temporaries

// Products are the two ways to multiply 4 K of a pixel, the same in every 32-bit lane of x, with
// those of 8 channels. What add() needs is prepared once for each x and each vector of weights.

struct ByteProducts {
  struct Pixel {
    __m256i x, magnitude;
    EDGERT_INLINE explicit Pixel(__m256i v) : x(v), magnitude(_mm256_abs_epi8(v)) {}
  };
  using Weights = __m256i;

  // acc += sums of 4 products in each 32-bit lane.
  EDGERT_INLINE void add(__m256i& acc, const Pixel& pixel, Weights w) const {
    const __m256i pairs = _mm256_maddubs_epi16(pixel.magnitude, _mm256_sign_epi8(w, pixel.x));
    acc = _mm256_add_epi32(acc, _mm256_madd_epi16(pairs, ones));
  }

  const __m256i ones = _mm256_set1_epi16(1);
};

struct WordProducts {
  struct Words {
    __m256i even, odd;
    EDGERT_INLINE explicit Words(__m256i bytes)
        : even(_mm256_srai_epi16(_mm256_slli_epi16(bytes, 8), 8)),
          odd(_mm256_srai_epi16(bytes, 8)) {}
  };
  using Pixel = Words;
  using Weights = Words;

  EDGERT_INLINE void add(__m256i& acc, const Pixel& x, const Weights& w) const {
    acc = _mm256_add_epi32(acc, _mm256_madd_epi16(x.even, w.even));
    acc = _mm256_add_epi32(acc, _mm256_madd_epi16(x.odd, w.odd));
  }
};

// Of one pixel and 16 channels.
using Sums = __m256i[2];

// P pixels from `first` on by the block of 16 channels from `channel` on.
template <typename Products, int P>
EDGERT_INLINE void multiply(const GemmS8Args& args, int32_t first, int32_t channel,
                            Sums (&acc)[P]) {
  const Products products;
  const int8_t* w = args.weights + int64_t{channel} * args.runs * args.run_bytes;
  EDGERT_UNROLL for (int p = 0; p < P; ++p) {
    acc[p][0] = load_vector(args.bias + channel);
    acc[p][1] = load_vector(args.bias + channel + 8);
    if (args.pixel_bias == nullptr) continue;
    const __m256i bias = _mm256_set1_epi32(args.pixel_bias[first + p]);
    EDGERT_UNROLL for (int i = 0; i < 2; ++i) acc[p][i] = _mm256_add_epi32(acc[p][i], bias);
  }
  const int8_t* const* rows = args.rows + first;
  for (int32_t r = 0; r < args.runs; ++r, rows += args.pixels) {
    const int8_t* x[P];
    EDGERT_UNROLL for (int p = 0; p < P; ++p) x[p] = rows[p];
    for (int64_t i = 0; i < args.run_bytes; i += 4, w += 64) {
      const typename Products::Weights w0(load_vector(w)), w1(load_vector(w + 32));
      EDGERT_UNROLL for (int p = 0; p < P; ++p) {
        int32_t bytes;
        std::memcpy(&bytes, x[p] + i, 4);
        const typename Products::Pixel pixel(_mm256_set1_epi32(bytes));
        products.add(acc[p][0], pixel, w0);
        products.add(acc[p][1], pixel, w1);
      }
    }
  }
}

template <typename T>
EDGERT_INLINE void finish(const GemmS8Args& args, const Epilogue<GemmS8Args>& epilogue,
                          int32_t pixel, int32_t channel, const Sums& acc) {
  __m256 t[2];
  EDGERT_UNROLL for (int i = 0; i < 2; ++i) {
    const int32_t c = channel + 8 * i;
    t[i] = _mm256_mul_ps(_mm256_cvtepi32_ps(acc[i]), _mm256_loadu_ps(args.scale + c));
    if (args.post_bias != nullptr) {
      t[i] = _mm256_add_ps(t[i], _mm256_loadu_ps(args.post_bias + c));
    }
  }
  const T* residual = nullptr;
  if (args.residual != nullptr) residual = static_cast<const T*>(args.residual[pixel]) + channel;
  epilogue.store(args, t[0], t[1], residual, static_cast<T*>(args.y[pixel]) + channel,
                 args.channels - channel);
}

template <int P, typename T>
EDGERT_INLINE void compute(const GemmS8Args& args, const Epilogue<GemmS8Args>& epilogue,
                           int32_t first, int32_t channel) {
  Sums acc[P];
  multiply<ByteProducts>(args, first, channel, acc);
  EDGERT_UNROLL for (int p = 0; p < P; ++p) finish<T>(args, epilogue, first + p, channel, acc[p]);
}

// The same for weights of the full range. Rarer: sums go through memory, which takes less code.
template <int P>
__attribute__((noinline)) void multiply_words(const GemmS8Args& args, int32_t first,
                                              int32_t channel, Sums* sums) {
  Sums acc[P];
  multiply<WordProducts>(args, first, channel, acc);
  EDGERT_UNROLL for (int p = 0; p < P; ++p) {
    EDGERT_UNROLL for (int i = 0; i < 2; ++i) sums[p][i] = acc[p][i];
  }
}

template <typename T>
void gemm_words(const GemmS8Args& args) {
  using Function = void (*)(const GemmS8Args&, int32_t, int32_t, Sums*);
  static constexpr Function kMultiply[kPixels] = {multiply_words<1>, multiply_words<2>,
                                                  multiply_words<3>, multiply_words<4>};
  const Epilogue<GemmS8Args> epilogue(args);
  for (int32_t c = 0; c < args.channels; c += kBlock) {
    for (int32_t first = 0; first < args.pixels; first += kPixels) {
      const int32_t pixels = std::min(kPixels, args.pixels - first);
      Sums sums[kPixels];
      kMultiply[pixels - 1](args, first, c, sums);
      for (int32_t p = 0; p < pixels; ++p) finish<T>(args, epilogue, first + p, c, sums[p]);
    }
  }
}

// All pixels pass over one block of weights while it is in the first cache level.
template <typename T>
void gemm(const GemmS8Args& args) {
  if (args.full_range) return gemm_words<T>(args);
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

constexpr GemmS8 kOps{kMr, 1, gemm<int8_t>, gemm<float>};
const Microkernel<GemmS8> registration{Isa::kAvx2, kOps};

}  // namespace
}  // namespace edgert
