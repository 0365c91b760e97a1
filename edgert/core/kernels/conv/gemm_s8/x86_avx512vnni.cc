// AVX-512 VNNI. vpdpbusd multiplies unsigned by signed bytes, so activations have their sign bit
// flipped (x + 128) while they are broadcast, and 128 * weight_sum is taken off the bias.
#include "kernels/conv/gemm_s8.h"
#include "kernels/conv/x86_avx512.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

constexpr int kMr = 10;  // by 2 blocks; more gains nothing and spills row pointers

EDGERT_INLINE __mmask64 first_bytes(int32_t n) {
  return n >= 64 ? ~__mmask64{0} : (__mmask64{1} << n) - 1;
}

// The first `n` of 16 * B bytes.
template <int B>
EDGERT_INLINE void store_bytes(int8_t* y, __m512i bytes, int32_t n) {
  if (n < 16 * B) {
    _mm512_mask_storeu_epi8(y, first_bytes(n), bytes);
  } else if constexpr (B == 1) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(y), _mm512_castsi512_si128(bytes));
  } else if constexpr (B == 2) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(y), _mm512_castsi512_si256(bytes));
  } else {
    _mm512_storeu_si512(y, bytes);
  }
}

// NaN becomes the lower bound where it is to be a byte, and passes as a float.
EDGERT_INLINE __m512 clamp(const int8_t*, __m512 t, __m512 low, __m512 high) {
  return _mm512_min_ps(_mm512_max_ps(t, low), high);
}
EDGERT_INLINE __m512 clamp(const float*, __m512 t, __m512 low, __m512 high) {
  return _mm512_min_ps(high, _mm512_max_ps(low, t));
}

EDGERT_INLINE void store_first(int8_t* y, __m512 t, __mmask16 mask, int32_t zero_point) {
  const __m512i q = _mm512_add_epi32(_mm512_cvtps_epi32(t), _mm512_set1_epi32(zero_point));
  const __m128i bytes = _mm512_cvtsepi32_epi8(q);
  if (mask == 0xffff) return _mm_storeu_si128(reinterpret_cast<__m128i*>(y), bytes);
  _mm_mask_storeu_epi8(y, mask, bytes);
}
EDGERT_INLINE void store_first(float* y, __m512 t, __mmask16 mask, int32_t) {
  _mm512_mask_storeu_ps(y, mask, t);
}

// Any epilogue. Rarer than the plain one of int8, or behind so many products that one loop for all
// tile sizes costs nothing. `sums` are [pixels][blocks], from `channel` on.
using Finish = void (*)(const GemmS8Args& args, const __m512i* sums, int pixels, int blocks,
                        int32_t channel);
template <typename T>
__attribute__((noinline)) void store_sums(const GemmS8Args& args, const __m512i* sums, int pixels,
                                          int blocks, int32_t channel) {
  const __m512 low = _mm512_set1_ps(args.act_min), high = _mm512_set1_ps(args.act_max);
  for (int b = 0; b < blocks; ++b) {
    const int32_t c = channel + 16 * b;
    const auto mask = static_cast<__mmask16>(first_bytes(args.channels - c));
    const __m512 scale = _mm512_loadu_ps(args.scale + c);
    for (int p = 0; p < pixels; ++p) {
      __m512 t = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[p * blocks + b]), scale);
      if (args.post_bias != nullptr) t = _mm512_add_ps(t, _mm512_loadu_ps(args.post_bias + c));
      if (args.residual != nullptr) {
        t = add_residual(args, t, static_cast<const T*>(args.residual[p]) + c, mask);
      }
      T* y = static_cast<T*>(args.y[p]) + c;
      store_first(y, clamp(y, t, low, high), mask, args.y_zero_point);
    }
  }
}

// P pixels by B blocks of 16 channels, from `channel` on.
template <int P, int B>
class Tile {
 public:
  EDGERT_INLINE Tile(const GemmS8Args& args, int32_t channel)
      : args_(args), channel_(channel), count_(args.channels - channel) {
    EDGERT_UNROLL for (int b = 0; b < B; ++b) {
      const int32_t c = channel + 16 * b;
      const __m512i bias = unsigned_bias(args.bias + c, args.weight_sum + c);
      EDGERT_UNROLL for (int p = 0; p < P; ++p) acc_[p][b] = bias;
    }
    if (args.pixel_bias == nullptr) return;
    EDGERT_UNROLL for (int p = 0; p < P; ++p) {
      const __m512i bias = _mm512_set1_epi32(args.pixel_bias[p]);
      EDGERT_UNROLL for (int b = 0; b < B; ++b) acc_[p][b] = _mm512_add_epi32(acc_[p][b], bias);
    }
  }

  EDGERT_INLINE void multiply() {
    const int64_t block_bytes = int64_t{args_.runs} * args_.run_bytes * 16;
    const int8_t* w = args_.weights + channel_ / 16 * block_bytes;
    const __m512i flip = _mm512_set1_epi8(-128);
    const int64_t run_bytes = args_.run_bytes;
    const int8_t* const* rows = args_.rows;
    for (int32_t r = 0; r < args_.runs; ++r, rows += P) {
      const int8_t* x[P];
      EDGERT_UNROLL for (int p = 0; p < P; ++p) x[p] = rows[p];
      for (int64_t i = 0; i < run_bytes; i += 4, w += 64) {
        __m512i weights[B];
        EDGERT_UNROLL for (int b = 0; b < B; ++b) weights[b] =
            _mm512_loadu_si512(w + b * block_bytes);
        EDGERT_UNROLL for (int p = 0; p < P; ++p) {
          const __m512i a = broadcast_unsigned(x[p] + i, flip);
          EDGERT_UNROLL for (int b = 0; b < B; ++b) dot_accumulate(acc_[p][b], a, weights[b]);
        }
      }
    }
  }

  // The whole epilogue of bounded int8 outputs without residual and post_bias, from registers.
  EDGERT_INLINE void quantize() const {
    constexpr int kPixels = 4 / B;  // that fill one vector of bytes
    const QuantizerS8<Lanes4> quantizer(args_);
    EDGERT_UNROLL for (int p = 0; p < P; p += kPixels) {
      __m512 t[4];
      EDGERT_UNROLL for (int i = 0; i < 4; ++i) {
        const bool inside = p + i / B < P;  // the others are not stored
        t[i] = inside ? scaled(p + i / B, i % B) : t[i % B];
      }
      const __m512i bytes = consecutive(quantizer.interleaved(t[0], t[1], t[2], t[3]));
      store_pixel<0>(p, bytes);
      if constexpr (kPixels >= 2) store_pixel<1>(p, bytes);
      if constexpr (kPixels == 4) store_pixel<2>(p, bytes);
      if constexpr (kPixels == 4) store_pixel<3>(p, bytes);
    }
  }

  // Leaves the sums to a function that all tiles share.
  EDGERT_INLINE void finish(Finish function) const {
    __m512i sums[P][B];
    EDGERT_UNROLL for (int p = 0; p < P; ++p) {
      EDGERT_UNROLL for (int b = 0; b < B; ++b) sums[p][b] = acc_[p][b];
    }
    function(args_, sums[0], P, B, channel_);
  }

 private:
  EDGERT_INLINE __m512 scaled(int p, int b) const {
    return _mm512_mul_ps(_mm512_cvtepi32_ps(acc_[p][b]),
                         _mm512_loadu_ps(args_.scale + channel_ + 16 * b));
  }

  // Pixel p + I of `bytes`, which holds 4 / B pixels from p on.
  template <int I>
  EDGERT_INLINE void store_pixel(int p, __m512i bytes) const {
    if (p + I >= P) return;
    __m512i first = bytes;
    if constexpr (B == 2 && I == 1) {
      first = _mm512_castsi256_si512(_mm512_extracti64x4_epi64(bytes, 1));
    } else if constexpr (B == 1 && I > 0) {
      first = _mm512_castsi128_si512(_mm512_extracti32x4_epi32(bytes, I));
    }
    store_bytes<B>(static_cast<int8_t*>(args_.y[p + I]) + channel_, first, count_);
  }

  const GemmS8Args& args_;
  int32_t channel_;
  int32_t count_;  // channels that are left, maybe more than 16 * B
  __m512i acc_[P][B];
};

template <int P, int B>
EDGERT_INLINE void compute(const GemmS8Args& args, int32_t channel, Finish finish) {
  Tile<P, B> tile(args, channel);
  tile.multiply();
  if (finish == nullptr) {
    tile.quantize();
  } else {
    tile.finish(finish);
  }
}

// Few pixels need more blocks, to hide the latency of vpdpbusd.
template <int P>
void gemm_pixels(const GemmS8Args& args, Finish finish) {
  constexpr int kBlocks = P <= 5 ? 4 : 2;
  const int32_t blocks = (args.channels + 15) / 16;
  int32_t b = 0;
  for (; b + kBlocks <= blocks; b += kBlocks) compute<P, kBlocks>(args, 16 * b, finish);
  if (kBlocks == 4 && b + 2 <= blocks) {
    compute<P, 2>(args, 16 * b, finish);
    b += 2;
  }
  if (b < blocks) compute<P, 1>(args, 16 * b, finish);
}

void gemm(const GemmS8Args& args, Finish finish) {
  using Function = void (*)(const GemmS8Args&, Finish);
  static constexpr Function kPixels[kMr] = {
      gemm_pixels<1>, gemm_pixels<2>, gemm_pixels<3>, gemm_pixels<4>, gemm_pixels<5>,
      gemm_pixels<6>, gemm_pixels<7>, gemm_pixels<8>, gemm_pixels<9>, gemm_pixels<10>};
  kPixels[args.pixels - 1](args, finish);
}

void gemm_s8(const GemmS8Args& args) {
  const bool plain = args.residual == nullptr && args.post_bias == nullptr && args.bounded;
  gemm(args, plain ? nullptr : store_sums<int8_t>);
}

void gemm_f32(const GemmS8Args& args) { gemm(args, store_sums<float>); }

constexpr GemmS8 kOps{kMr, 1, gemm_s8, gemm_f32};
const Microkernel<GemmS8> registration{Isa::kAvx512Vnni, kOps};

}  // namespace
}  // namespace edgert
