// Shared by the AVX-512 VNNI variants of this folder. Included by files compiled for that
// instruction set only, hence the anonymous namespace.
#ifndef EDGERT_KERNELS_CONV_X86_AVX512_H_
#define EDGERT_KERNELS_CONV_X86_AVX512_H_

// g++ 12 takes the undefined operands inside its own intrinsics for uninitialized variables.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

#include <immintrin.h>

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <type_traits>

#include "kernels/conv/epilogue_s8.h"
#include "kernels/conv/unroll.h"
#include "kernels/multiversion.h"

namespace edgert {
namespace {

// acc += dot products of 4 unsigned bytes of `a` with 4 signed bytes of `w`, in each 32-bit lane.
// The intrinsic makes g++ 12 copy accumulators through memory; one asm statement does not.
template <typename Vector>
EDGERT_INLINE void dot_accumulate(Vector& acc, Vector a, Vector w) {
  asm("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(a), "v"(w));
}
template <typename Vector>
EDGERT_INLINE void dot_accumulate_memory(Vector& acc, Vector a, const Vector& w) {
  asm("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(a), "m"(w));
}

// 4 signed bytes at `p`, plus 128 each, in every lane; `flip` is 0x80 in every byte.
EDGERT_INLINE __m512i broadcast_unsigned(const int8_t* p, __m512i flip) {
  int32_t bytes;
  std::memcpy(&bytes, p, 4);
  return _mm512_xor_si512(flip, _mm512_set1_epi32(bytes));
}

// The bias of 16 channels for activations that are 128 too large.
EDGERT_INLINE __m512i unsigned_bias(const int32_t* bias, const int32_t* weight_sum) {
  return _mm512_sub_epi32(_mm512_loadu_si512(bias),
                          _mm512_slli_epi32(_mm512_loadu_si512(weight_sum), 7));
}

// t + residual of 16 channels; those outside `mask` are not read.
template <typename Args>
EDGERT_INLINE __m512 add_residual(const Args& args, __m512 t, const int8_t* residual,
                                  __mmask16 mask) {
  const __m512i r = _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(mask, residual));
  const __m512i centered = _mm512_sub_epi32(r, _mm512_set1_epi32(args.residual_zero_point));
  return _mm512_add_ps(
      t, _mm512_mul_ps(_mm512_cvtepi32_ps(centered), _mm512_set1_ps(args.residual_scale)));
}
template <typename Args>
EDGERT_INLINE __m512 add_residual(const Args&, __m512 t, const float* residual, __mmask16 mask) {
  return _mm512_add_ps(t, _mm512_maskz_loadu_ps(mask, residual));
}

// The same operations on 1, 2 or 4 lanes of 128 bits.
#define EDGERT_AVX512_LANES(Name, prefix, Int, Float, si)                             \
  struct Name {                                                                       \
    using I = Int;                                                                    \
    using F = Float;                                                                  \
    static constexpr int kLanes = sizeof(I) / 16;                                     \
    static EDGERT_INLINE I load(const void* p) {                                      \
      I v;                                                                            \
      std::memcpy(&v, p, sizeof(v));                                                  \
      return v;                                                                       \
    }                                                                                 \
    static EDGERT_INLINE void store(void* p, I v) { std::memcpy(p, &v, sizeof(v)); }  \
    static EDGERT_INLINE I low8(I a, I b) { return prefix##_unpacklo_epi8(a, b); }    \
    static EDGERT_INLINE I high8(I a, I b) { return prefix##_unpackhi_epi8(a, b); }   \
    static EDGERT_INLINE I low16(I a, I b) { return prefix##_unpacklo_epi16(a, b); }  \
    static EDGERT_INLINE I high16(I a, I b) { return prefix##_unpackhi_epi16(a, b); } \
    static EDGERT_INLINE I flip(I a) { return prefix##_xor_##si(a, all8(-128)); }     \
    static EDGERT_INLINE I all8(int8_t v) { return prefix##_set1_epi8(v); }           \
    static EDGERT_INLINE I all16(int16_t v) { return prefix##_set1_epi16(v); }        \
    static EDGERT_INLINE I zero() { return prefix##_setzero_##si(); }                 \
    static EDGERT_INLINE I sub32(I a, I b) { return prefix##_sub_epi32(a, b); }       \
    static EDGERT_INLINE I or32(I a, I b) { return prefix##_or_##si(a, b); }          \
    template <int kBits>                                                              \
    static EDGERT_INLINE I left32(I a) {                                              \
      return prefix##_slli_epi32(a, kBits);                                           \
    }                                                                                 \
    template <int kBits>                                                              \
    static EDGERT_INLINE I right32(I a) {                                             \
      return prefix##_srli_epi32(a, kBits);                                           \
    }                                                                                 \
    static EDGERT_INLINE F all(float v) { return prefix##_set1_ps(v); }               \
    static EDGERT_INLINE F scaled(I acc, F scale) {                                   \
      return prefix##_mul_ps(prefix##_cvtepi32_ps(acc), scale);                       \
    }                                                                                 \
    static EDGERT_INLINE F min(F a, F b) { return prefix##_min_ps(a, b); }            \
    static EDGERT_INLINE I round(F t) { return prefix##_cvtps_epi32(t); }             \
    static EDGERT_INLINE I pack32(I a, I b) { return prefix##_packs_epi32(a, b); }    \
    static EDGERT_INLINE I pack16(I a, I b) { return prefix##_packs_epi16(a, b); }    \
    static EDGERT_INLINE I add16(I a, I b) { return prefix##_adds_epi16(a, b); }      \
    static EDGERT_INLINE I min8(I a, I b) { return prefix##_min_epi8(a, b); }         \
    static EDGERT_INLINE I max8(I a, I b) { return prefix##_max_epi8(a, b); }         \
  };
EDGERT_AVX512_LANES(Lanes1, _mm, __m128i, __m128, si128)
EDGERT_AVX512_LANES(Lanes2, _mm256, __m256i, __m256, si256)
EDGERT_AVX512_LANES(Lanes4, _mm512, __m512i, __m512, si512)
#undef EDGERT_AVX512_LANES

// Round, zero point, clamp, for values below 2^31: conversions of greater ones come out on the
// wrong side. The clamp is done on bytes, which is the same because rounding and saturation are
// monotonic.
template <typename V>
class QuantizerS8 {
 public:
  using I = typename V::I;
  using F = typename V::F;

  template <typename Args>
  EDGERT_INLINE explicit QuantizerS8(const Args& args)
      : zero_point_(V::all16(static_cast<int16_t>(args.y_zero_point))),
        low_(V::all8(quantize_s8(args.act_min, args.y_zero_point))),
        high_(V::all8(quantize_s8(args.act_max, args.y_zero_point))) {}

  // In each 128-bit lane of the result lie 4 bytes of that lane of t0, of t1, of t2 and of t3.
  EDGERT_INLINE I interleaved(F t0, F t1, F t2, F t3) const {
    const I a = V::add16(V::pack32(V::round(t0), V::round(t1)), zero_point_);
    const I b = V::add16(V::pack32(V::round(t2), V::round(t3)), zero_point_);
    return V::min8(V::max8(V::pack16(a, b), low_), high_);
  }

 private:
  I zero_point_;
  I low_;
  I high_;
};

// The bytes of 4 x 16 values as t0[0 ... 15], t1[0 ... 15], t2[0 ... 15], t3[0 ... 15].
EDGERT_INLINE __m512i consecutive(__m512i interleaved) {
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return _mm512_permutexvar_epi32(order, interleaved);
}

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_X86_AVX512_H_
