// The int8 epilogue of the AVX2 variants of this folder, for 16 channels. Included by files
// compiled for that instruction set only, hence the anonymous namespace.
#ifndef EDGERT_KERNELS_CONV_X86_AVX2_H_
#define EDGERT_KERNELS_CONV_X86_AVX2_H_

#include <immintrin.h>

#include <cstdint>
#include <cstring>

#include "kernels/conv/epilogue_s8.h"
#include "kernels/conv/unroll.h"
#include "kernels/multiversion.h"

namespace edgert {
namespace {

constexpr int kBlock = 16;  // channels of a packed block

// The first n < 16 bytes at `p`, zeros behind them. Out of line, as few blocks are cut.
__attribute__((noinline)) __m128i load_part(const int8_t* p, int32_t n) {
  if (n == 8) return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
  __m128i v = _mm_setzero_si128();
  std::memcpy(&v, p, static_cast<size_t>(n));
  return v;
}

// The first min(n, 16) bytes at `p`, zeros behind them.
EDGERT_INLINE __m128i load_first(const int8_t* p, int32_t n) {
  if (n < kBlock) return load_part(p, n);
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
}

// Stores the first n < 16 bytes.
__attribute__((noinline)) void store_part(int8_t* y, __m128i v, int32_t n) {
  if (n == 8) return _mm_storel_epi64(reinterpret_cast<__m128i*>(y), v);
  std::memcpy(y, &v, static_cast<size_t>(n));
}

EDGERT_INLINE __m256i load_vector(const void* p) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(p));
}

// What follows the scaling, see epilogue_s8.h. The upper clamp is done in float, so that no
// conversion overflows to the wrong side; the lower one on bytes, which is the same because
// rounding and saturation are monotonic.
template <typename Args>
class Epilogue {
 public:
  EDGERT_INLINE explicit Epilogue(const Args& args)
      : low_(_mm256_set1_ps(args.act_min)),
        low_bytes_(_mm_set1_epi8(quantize_s8(args.act_min, args.y_zero_point))),
        high_(_mm256_set1_ps(args.act_max)),
        zero_point_(_mm256_set1_epi16(static_cast<int16_t>(args.y_zero_point))),
        residual_zero_point_(_mm256_set1_epi32(args.residual_zero_point)),
        residual_scale_(_mm256_set1_ps(args.residual_scale)) {}

  // Stores channels 0 ... min(n, 16) - 1; t0 holds 0 ... 7, t1 8 ... 15. `residual` may be nullptr.
  EDGERT_INLINE void store(const Args&, __m256 t0, __m256 t1, const int8_t* residual, int8_t* y,
                           int32_t n) const {
    if (residual != nullptr) {
      const __m128i r = load_first(residual, n);
      t0 = _mm256_add_ps(t0, scaled_residual(r));
      t1 = _mm256_add_ps(t1, scaled_residual(_mm_unpackhi_epi64(r, r)));
    }
    const __m256i words = _mm256_packs_epi32(round(t0), round(t1));
    store_words(_mm256_permute4x64_epi64(words, 0xd8), y, n);
  }
  // The same without residual, where t0 holds channels 0 ... 3, 8 ... 11, t1 the others.
  EDGERT_INLINE void store_unpacked(__m256 t0, __m256 t1, int8_t* y) const {
    store_words(_mm256_packs_epi32(round(t0), round(t1)), y, kBlock);
  }
  EDGERT_INLINE void store(const Args&, __m256 t0, __m256 t1, const float* residual, float* y,
                           int32_t n) const {
    alignas(32) float t[kBlock];
    _mm256_store_ps(t, t0);
    _mm256_store_ps(t + 8, t1);
    if (n > kBlock) n = kBlock;
    if (residual != nullptr) {
      for (int32_t c = 0; c < n; ++c) t[c] += residual[c];
    }
    EDGERT_UNROLL for (int i = 0; i < kBlock; i += 8) {
      const __m256 v = _mm256_max_ps(low_, _mm256_load_ps(t + i));  // NaN passes
      _mm256_store_ps(t + i, _mm256_min_ps(high_, v));
    }
    std::memcpy(y, t, static_cast<size_t>(n) * sizeof(float));
  }

 private:
  EDGERT_INLINE void store_words(__m256i words, int8_t* y, int32_t n) const {
    const __m256i shifted = _mm256_adds_epi16(words, zero_point_);
    const __m128i bytes =
        _mm_packs_epi16(_mm256_castsi256_si128(shifted), _mm256_extracti128_si256(shifted, 1));
    const __m128i q = _mm_max_epi8(bytes, low_bytes_);
    if (n < kBlock) return store_part(y, q, n);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(y), q);
  }
  EDGERT_INLINE __m256i round(__m256 t) const {
    return _mm256_cvtps_epi32(_mm256_min_ps(t, high_));
  }
  EDGERT_INLINE __m256 scaled_residual(__m128i r) const {
    const __m256i centered = _mm256_sub_epi32(_mm256_cvtepi8_epi32(r), residual_zero_point_);
    return _mm256_mul_ps(_mm256_cvtepi32_ps(centered), residual_scale_);
  }

  __m256 low_;
  __m128i low_bytes_;
  __m256 high_;
  __m256i zero_point_;
  __m256i residual_zero_point_;
  __m256 residual_scale_;
};

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_X86_AVX2_H_
