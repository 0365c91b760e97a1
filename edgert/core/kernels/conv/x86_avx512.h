// Shared by the AVX-512 VNNI variants of this folder. Included by files compiled for that instruction set
// only, hence the anonymous namespace.
#ifndef EDGERT_KERNELS_CONV_X86_AVX512_H_
#define EDGERT_KERNELS_CONV_X86_AVX512_H_

// g++ 12 takes the undefined operands inside its own intrinsics for uninitialized variables.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <immintrin.h>

#include <cstdint>
#include <cstring>

#include "kernels/conv/epilogue_s8.h"
#include "kernels/multiversion.h"

// In front of a loop over registers.
#if defined(__clang__)
#define EDGERT_UNROLL _Pragma("clang loop unroll(full)")
#else
#define EDGERT_UNROLL _Pragma("GCC unroll 32")
#endif

namespace edgert {
namespace {

// acc += dot products of 4 unsigned bytes of `a` with 4 signed bytes of `w`, in each of 16 lanes. The
// intrinsic makes g++ 12 copy accumulators through memory; one asm statement does not.
EDGERT_INLINE void dot_accumulate(__m512i& acc, __m512i a, __m512i w) {
  asm("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(a), "v"(w));
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

// Clamp, round, zero point. The upper clamp is done in float, so that no conversion overflows to the
// wrong side; the lower one on bytes, which is the same because rounding and saturation are monotonic.
class QuantizerS8 {
 public:
  template <typename Args>
  EDGERT_INLINE explicit QuantizerS8(const Args& args)
      : high_(_mm512_set1_ps(args.act_max)),
        zero_point_(_mm512_set1_epi16(static_cast<int16_t>(args.y_zero_point))),
        low_(_mm512_set1_epi8(quantize_s8(args.act_min, args.y_zero_point))) {}

  // 4 x 16 values; in each 128-bit lane of the result lie 4 bytes of t0, t1, t2 and t3.
  EDGERT_INLINE __m512i interleaved(__m512 t0, __m512 t1, __m512 t2, __m512 t3) const {
    const __m512i a = _mm512_adds_epi16(_mm512_packs_epi32(round(t0), round(t1)), zero_point_);
    const __m512i b = _mm512_adds_epi16(_mm512_packs_epi32(round(t2), round(t3)), zero_point_);
    return _mm512_max_epi8(_mm512_packs_epi16(a, b), low_);
  }

  // 4 x 16 values as t0[0 ... 15], t1[0 ... 15], t2[0 ... 15], t3[0 ... 15].
  EDGERT_INLINE __m512i consecutive(__m512 t0, __m512 t1, __m512 t2, __m512 t3) const {
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    return _mm512_permutexvar_epi32(order, interleaved(t0, t1, t2, t3));
  }

 private:
  EDGERT_INLINE __m512i round(__m512 t) const {
    return _mm512_cvtps_epi32(_mm512_min_ps(t, high_));
  }

  __m512 high_;
  __m512i zero_point_;
  __m512i low_;
};

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_X86_AVX512_H_
