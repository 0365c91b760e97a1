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

  EDGERT_INLINE void store(int8_t) const {
    constexpr int kPixels = 4 / B;  // that fill one vector of bytes
    const QuantizerS8<Lanes4> quantizer(args_, false);
    EDGERT_UNROLL for (int p = 0; p < P; p += kPixels) {
      __m512 t[4];
      EDGERT_UNROLL for (int i = 0; i < 4; ++i) {
        const bool inside = p + i / B < P;  // the others are not stored
        t[i] = inside ? value<int8_t>(p + i / B, i % B) : t[i % B];
      }
      const __m512i bytes = consecutive(quantizer.interleaved(t[0], t[1], t[2], t[3]));
      store_pixel<0>(p, bytes);
      if constexpr (kPixels >= 2) store_pixel<1>(p, bytes);
      if constexpr (kPixels == 4) store_pixel<2>(p, bytes);
      if constexpr (kPixels == 4) store_pixel<3>(p, bytes);
    }
  }

  EDGERT_INLINE void store(float) const {
    const __m512 low = _mm512_set1_ps(args_.act_min);
    const __m512 high = _mm512_set1_ps(args_.act_max);
    EDGERT_UNROLL for (int p = 0; p < P; ++p) {
      EDGERT_UNROLL for (int b = 0; b < B; ++b) {
        const __m512 t = _mm512_min_ps(_mm512_max_ps(value<float>(p, b), low), high);
        _mm512_mask_storeu_ps(static_cast<float*>(args_.y[p]) + channel_ + 16 * b, mask(b), t);
      }
    }
  }

 private:
  // Channels of block b that exist.
  EDGERT_INLINE __mmask16 mask(int b) const {
    return static_cast<__mmask16>(first_bytes(count_ > 16 * b ? count_ - 16 * b : 0));
  }

  // What the epilogue clamps and stores: scaled, with post_bias and residual.
  template <typename T>
  EDGERT_INLINE __m512 value(int p, int b) const {
    const int32_t c = channel_ + 16 * b;
    __m512 t = _mm512_mul_ps(_mm512_cvtepi32_ps(acc_[p][b]), _mm512_loadu_ps(args_.scale + c));
    if (args_.post_bias != nullptr) t = _mm512_add_ps(t, _mm512_loadu_ps(args_.post_bias + c));
    if (args_.residual != nullptr) {
      t = add_residual(args_, t, static_cast<const T*>(args_.residual[p]) + c, mask(b));
    }
    return t;
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

template <int P, int B, typename T>
EDGERT_INLINE void compute(const GemmS8Args& args, int32_t channel) {
  Tile<P, B> tile(args, channel);
  tile.multiply();
  tile.store(T{});
}

// Few pixels need more blocks, to hide the latency of vpdpbusd.
template <int P, typename T>
void gemm_pixels(const GemmS8Args& args) {
  constexpr int kBlocks = P <= 5 ? 4 : 2;
  const int32_t blocks = (args.channels + 15) / 16;
  int32_t b = 0;
  for (; b + kBlocks <= blocks; b += kBlocks) compute<P, kBlocks, T>(args, 16 * b);
  if (kBlocks == 4 && b + 2 <= blocks) {
    compute<P, 2, T>(args, 16 * b);
    b += 2;
  }
  if (b < blocks) compute<P, 1, T>(args, 16 * b);
}

template <typename T>
void gemm(const GemmS8Args& args) {
  using Function = void (*)(const GemmS8Args&);
  static constexpr Function kPixels[kMr] = {gemm_pixels<1, T>, gemm_pixels<2, T>, gemm_pixels<3, T>,
                                            gemm_pixels<4, T>, gemm_pixels<5, T>, gemm_pixels<6, T>,
                                            gemm_pixels<7, T>, gemm_pixels<8, T>, gemm_pixels<9, T>,
                                            gemm_pixels<10, T>};
  kPixels[args.pixels - 1](args);
}

constexpr GemmS8 kOps{kMr, gemm<int8_t>, gemm<float>};
const Microkernel<GemmS8> registration{Isa::kAvx512Vnni, kOps};

}  // namespace
}  // namespace edgert
