// Vectors of floats for the x86 variants of gemm_f32 and depthwise_f32: AVX2 with FMA, AVX-512.
// Included by files compiled for one instruction set, hence the anonymous namespace.
#ifndef EDGERT_KERNELS_CONV_X86_F32_H_
#define EDGERT_KERNELS_CONV_X86_F32_H_

// g++ 12 takes the undefined operands inside its own intrinsics for uninitialized variables.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <immintrin.h>

#include <cstdint>

#include "kernels/conv/unroll.h"
#include "kernels/multiversion.h"

namespace edgert {
namespace {

// clamp lets NaN pass: instructions for the larger and the smaller return the second operand then.
// load_first and store_first touch min(n, kWidth) elements, none where n <= 0.
#if defined(__AVX512F__)
struct Floats {
  using F = __m512;
  static constexpr int kWidth = 16;
  static EDGERT_INLINE F all(float v) { return _mm512_set1_ps(v); }
  static EDGERT_INLINE F zero() { return _mm512_setzero_ps(); }
  static EDGERT_INLINE F load(const float* p) { return _mm512_loadu_ps(p); }
  static EDGERT_INLINE void store(float* p, F v) { _mm512_storeu_ps(p, v); }
  static EDGERT_INLINE F load_first(const float* p, int32_t n) {
    return _mm512_maskz_loadu_ps(first(n), p);
  }
  static EDGERT_INLINE void store_first(float* p, F v, int32_t n) {
    _mm512_mask_storeu_ps(p, first(n), v);
  }
  static EDGERT_INLINE F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
  static EDGERT_INLINE F add(F a, F b) { return _mm512_add_ps(a, b); }
  static EDGERT_INLINE F clamp(F v, F low, F high) {
    return _mm512_min_ps(high, _mm512_max_ps(low, v));
  }

 private:
  static EDGERT_INLINE __mmask16 first(int32_t n) {
    return static_cast<__mmask16>(n >= 16 ? 0xffff : n <= 0 ? 0 : (1 << n) - 1);
  }
};
#else
struct Floats {
  using F = __m256;
  static constexpr int kWidth = 8;
  static EDGERT_INLINE F all(float v) { return _mm256_set1_ps(v); }
  static EDGERT_INLINE F zero() { return _mm256_setzero_ps(); }
  static EDGERT_INLINE F load(const float* p) { return _mm256_loadu_ps(p); }
  static EDGERT_INLINE void store(float* p, F v) { _mm256_storeu_ps(p, v); }
  static EDGERT_INLINE F load_first(const float* p, int32_t n) {
    return n >= kWidth ? load(p) : _mm256_maskload_ps(p, first(n));
  }
  static EDGERT_INLINE void store_first(float* p, F v, int32_t n) {
    n >= kWidth ? _mm256_storeu_ps(p, v) : _mm256_maskstore_ps(p, first(n), v);
  }
  static EDGERT_INLINE F fma(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
  static EDGERT_INLINE F add(F a, F b) { return _mm256_add_ps(a, b); }
  static EDGERT_INLINE F clamp(F v, F low, F high) {
    return _mm256_min_ps(high, _mm256_max_ps(low, v));
  }

 private:
  static EDGERT_INLINE __m256i first(int32_t n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
};
#endif

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_X86_F32_H_
