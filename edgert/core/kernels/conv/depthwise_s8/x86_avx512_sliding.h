// The AVX-512 VNNI depthwise kernel for whole vectors of channels.
//
// One input column of 16 channels and up to 4 rows is transposed into 4 vectors q = 0 ... 3 of
// [4 channels][4 rows], as vpdpbusd multiplies them; it is transposed once, and added to every
// output whose window it lies in. With several 128-bit lanes, each lane holds another block of 16
// channels. Activations have their sign bit flipped, see gemm_s8.
#ifndef EDGERT_KERNELS_CONV_DEPTHWISE_S8_X86_AVX512_SLIDING_H_
#define EDGERT_KERNELS_CONV_DEPTHWISE_S8_X86_AVX512_SLIDING_H_

#include "kernels/conv/depthwise_s8.h"
#include "kernels/conv/x86_avx512.h"

namespace edgert {
namespace {

constexpr int kQuarters = 4;

// Up to 4 kernel rows of 16 channels per lane, as 4 vectors of [4 channels][4 rows].
template <typename V>
EDGERT_INLINE void transpose(const typename V::I (&r)[4], typename V::I (&column)[kQuarters]) {
  const auto low01 = V::low8(r[0], r[1]), high01 = V::high8(r[0], r[1]);
  const auto low23 = V::low8(r[2], r[3]), high23 = V::high8(r[2], r[3]);
  column[0] = V::low16(low01, low23);
  column[1] = V::high16(low01, low23);
  column[2] = V::low16(high01, high23);
  column[3] = V::high16(high01, high23);
}

// Lane i of the result: 16 bytes at p + i * step. (Not through memory: a load of several earlier
// stores waits for all of them.)
EDGERT_INLINE void load_lanes(const void* p, int64_t step, __m128i& out) {
  static_cast<void>(step);
  out = Lanes1::load(p);
}
EDGERT_INLINE void load_lanes(const void* p, int64_t step, __m256i& out) {
  const auto* bytes = static_cast<const std::byte*>(p);
  out = _mm256_inserti128_si256(_mm256_castsi128_si256(Lanes1::load(bytes)),
                                Lanes1::load(bytes + step), 1);
}
EDGERT_INLINE void load_lanes(const void* p, int64_t step, __m512i& out) {
  const auto* bytes = static_cast<const std::byte*>(p);
  out = _mm512_castsi128_si512(Lanes1::load(bytes));
  out = _mm512_inserti32x4(out, Lanes1::load(bytes + step), 1);
  out = _mm512_inserti32x4(out, Lanes1::load(bytes + 2 * step), 2);
  out = _mm512_inserti32x4(out, Lanes1::load(bytes + 3 * step), 3);
}

// Quarter q of 16 * V::kLanes elements of 4 bytes.
template <typename V>
EDGERT_INLINE typename V::I load_quarter(const void* p, int q) {
  typename V::I out;
  load_lanes(static_cast<const std::byte*>(p) + 16 * q, 64, out);
  return out;
}

// Quarter q of the bias of 16 * V::kLanes channels, for activations that are 128 too large.
template <typename V>
EDGERT_INLINE typename V::I load_bias(const DepthwiseS8Args& args, int32_t channel, int q) {
  return V::sub32(load_quarter<V>(args.bias + channel, q),
                  V::template left32<7>(load_quarter<V>(args.weight_sum + channel, q)));
}

// The lowest `n` of 16 bits.
EDGERT_INLINE __mmask16 first_channels(int32_t n) {
  return static_cast<__mmask16>(n >= 16 ? 0xffff : (1 << n) - 1);
}

// The first channels of a block of 16.
struct Part : Lanes1 {};

// kH x kW, stride kS, no dilation, no residual, s8 output, all of 16 * V::kLanes channels present
// but for V = Part; kRows output rows at once, which share the transposed columns: the weights of
// the second are shifted by kS kernel rows. Sums of the kLive outputs of a row whose windows
// overlap are kept in registers while columns pass from left to right; nothing here may be called
// out of line, as that would put them into memory.
template <typename V, int kH, int kW, int kS, int kRows>
class Sliding {
 public:
  using I = typename V::I;
  using F = typename V::F;

  // Apart from the rest, which is to live in registers.
  struct Weights {
    I vectors[kW][kRows][((kRows - 1) * kS + kH + 3) / 4][kQuarters];
  };

  EDGERT_INLINE Sliding(const DepthwiseS8Args& args, int32_t channel, Weights& weights)
      : args_(args),
        channel_(channel),
        mask_(first_channels(args.channels - channel)),
        weights_(weights),
        quantizer_(args) {
    EDGERT_UNROLL for (int q = 0; q < kQuarters; ++q) {
      bias_[q] = load_bias<V>(args, channel, q);
      const I scale = load_quarter<V>(args.scale + channel, q);
      std::memcpy(&scale_[q], &scale, sizeof(I));
    }
    const int64_t block_bytes = kW * kKernelGroups * 64;
    const int8_t* packed = args.weights + channel / 16 * block_bytes;
    for (int j = 0; j < kW; ++j, packed += kKernelGroups * 64) {
      EDGERT_UNROLL for (int q = 0; q < kQuarters; ++q) {
        I kernel[kGroups + 1];
        EDGERT_UNROLL for (int g = 0; g < kGroups; ++g) {
          kernel[g] = V::zero();
          if (g < kKernelGroups) load_lanes(packed + g * 64 + 16 * q, block_bytes, kernel[g]);
        }
        place_weights<0>(kernel, j, q);
        if constexpr (kRows == 2) place_weights<1>(kernel, j, q);
      }
    }
    padding_ = V::flip(load(args.padding + channel));
  }

  // Output rows from `h` on: kRows if they share their input, else one. Returns how many.
  EDGERT_INLINE int32_t run_rows(int32_t h) {
    alignas(64) int8_t unused[sizeof(I)];
    const int8_t* const* const taps = args_.rows + int64_t{h} * kH;
    const bool all = kRows == 1 || (h + 1 < args_.height && rows_overlap(taps));
    const int8_t* rows[kIn];
    EDGERT_UNROLL for (int i = 0; i < kIn; ++i) {
      const int last = all ? kRows - 1 : 0;  // output row
      const int m = i < kH ? 0 : last;
      const int tap = i - m * kS;
      rows[i] = taps[m * kH + (tap < kH ? tap : kH - 1)] + channel_;
    }
    int8_t* y[kRows];
    int64_t y_step[kRows];
    EDGERT_UNROLL for (int m = 0; m < kRows; ++m) {
      const bool wanted = m == 0 || all;
      y[m] = wanted ? static_cast<int8_t*>(args_.y[h + m]) + channel_ : unused;
      y_step[m] = wanted ? args_.y_step : 0;
    }
    if constexpr (kWindowFits) {
      slide_columns(rows, y, y_step);
    } else {
      slide_sums(rows, y, y_step);
    }
    return all ? kRows : 1;
  }

 private:
  static constexpr int kIn = (kRows - 1) * kS + kH;   // input rows
  static constexpr int kGroups = (kIn + 3) / 4;       // of 4 input rows
  static constexpr int kKernelGroups = (kH + 3) / 4;  // of 4 kernel rows, in the packed weights
  static constexpr int kLive = (kW - 1) / kS + 1;

  static constexpr bool kWindowFits = kW * kGroups <= 3;  // in registers, beside the sums

  // Keeps the transposed columns of the window in registers.
  EDGERT_INLINE void slide_columns(const int8_t* const (&rows)[kIn], int8_t* (&y)[kRows],
                                   const int64_t (&y_step)[kRows]) const {
    const int32_t x_columns = args_.x_columns;
    const int64_t x_step = args_.x_step;
    I window[kW][kGroups][kQuarters];
    int32_t x = args_.first_column;
    EDGERT_UNROLL for (int j = 0; j < kW - kS; ++j) {
      load_column(rows, x++, x_columns, x_step, window[j]);
    }
    for (int32_t o = args_.width; o > 0; --o) {
      EDGERT_UNROLL for (int j = kW - kS; j < kW; ++j) {
        load_column(rows, x++, x_columns, x_step, window[j]);
      }
      EDGERT_UNROLL for (int m = 0; m < kRows; ++m) {
        I acc[kQuarters];
        EDGERT_UNROLL for (int q = 0; q < kQuarters; ++q) acc[q] = bias_[q];
        EDGERT_UNROLL for (int j = 0; j < kW; ++j) add_column(window[j], j, m, acc);
        store(acc, y[m]);
        y[m] += y_step[m];
      }
      EDGERT_UNROLL for (int j = 0; j + kS < kW; ++j) {
        EDGERT_UNROLL for (int g = 0; g < kGroups; ++g) {
          EDGERT_UNROLL for (int q = 0; q < kQuarters; ++q) window[j][g][q] = window[j + kS][g][q];
        }
      }
    }
  }

  // Keeps the sums of the kLive outputs whose windows overlap in registers.
  EDGERT_INLINE void slide_sums(const int8_t* const (&rows)[kIn], int8_t* (&y)[kRows],
                                const int64_t (&y_step)[kRows]) const {
    static_assert(kRows == 1, "more sums than registers");
    const int32_t x_columns = args_.x_columns;
    const int64_t x_step = args_.x_step;
    I acc[kLive][kQuarters];
    EDGERT_UNROLL for (int n = 0; n < kLive; ++n) {
      EDGERT_UNROLL for (int q = 0; q < kQuarters; ++q) acc[n][q] = bias_[q];
    }
    int32_t x = args_.first_column;
    const auto add = [&](int c) __attribute__((always_inline)) {
      I column[kGroups][kQuarters];
      load_column(rows, x++, x_columns, x_step, column);
      EDGERT_UNROLL for (int n = 0; n < kLive; ++n) {
        if (c >= n * kS) add_column(column, c - n * kS, 0, acc[n]);
      }
    };
    EDGERT_UNROLL for (int c = 0; c < kW - kS; ++c) add(c);
    for (int32_t o = args_.width; o > 0; --o) {
      EDGERT_UNROLL for (int c = kW - kS; c < kW; ++c) add(c);
      store(acc[0], y[0]);
      y[0] += y_step[0];
      EDGERT_UNROLL for (int q = 0; q < kQuarters; ++q) {
        EDGERT_UNROLL for (int n = 0; n + 1 < kLive; ++n) acc[n][q] = acc[n + 1][q];
        acc[kLive - 1][q] = bias_[q];
      }
    }
  }

  // Whether the windows of an output row and the next are kS input rows apart.
  static EDGERT_INLINE bool rows_overlap(const int8_t* const* taps) {
    bool overlap = true;
    EDGERT_UNROLL for (int i = kS; i < kH; ++i) overlap &= taps[i] == taps[kH + i - kS];
    return overlap;
  }

  // The weights of kernel column j for output row kM: kM * kS rows further down.
  template <int kM>
  EDGERT_INLINE void place_weights(const I* kernel, int j, int q) {
    constexpr int kBits = 8 * kM * kS;
    static_assert(kBits < 32);
    EDGERT_UNROLL for (int g = 0; g < kGroups; ++g) {
      I w = kernel[g];
      if constexpr (kBits > 0) {
        w = V::template left32<kBits>(w);
        if (g > 0) w = V::or32(w, V::template right32<32 - kBits>(kernel[g - 1]));
      }
      weights_.vectors[j][kM][g][q] = w;
    }
  }

  EDGERT_INLINE I load(const int8_t* p) const {
    if constexpr (std::is_same_v<V, Part>) {
      return _mm_maskz_loadu_epi8(mask_, p);
    } else {
      return V::load(p);
    }
  }

  EDGERT_INLINE void store(const I (&acc)[kQuarters], int8_t* y) const {
    F t[kQuarters];
    EDGERT_UNROLL for (int q = 0; q < kQuarters; ++q) {
      t[q] = V::scaled(acc[q], scale_[q]);
      if (!args_.bounded) t[q] = V::min(t[q], V::all(args_.act_max));
    }
    const I q = quantizer_.interleaved(t[0], t[1], t[2], t[3]);
    if constexpr (std::is_same_v<V, Part>) {
      _mm_mask_storeu_epi8(y, mask_, q);
    } else {
      V::store(y, q);
    }
  }

  EDGERT_INLINE void load_column(const int8_t* const (&rows)[kIn], int32_t x, int32_t x_columns,
                                 int64_t x_step, I (&column)[kGroups][kQuarters]) const {
    I row[4 * kGroups];
    if (static_cast<uint32_t>(x) < static_cast<uint32_t>(x_columns)) {
      const int64_t offset = x * x_step;
      EDGERT_UNROLL for (int i = 0; i < kIn; ++i) row[i] = V::flip(load(rows[i] + offset));
    } else {
      EDGERT_UNROLL for (int i = 0; i < kIn; ++i) row[i] = padding_;
    }
    // The weights of the rows past kIn are zero.
    EDGERT_UNROLL for (int i = kIn; i < 4 * kGroups; ++i) row[i] = row[kIn - 1];
    EDGERT_UNROLL for (int g = 0; g < kGroups; ++g) {
      const I four[4] = {row[4 * g], row[4 * g + 1], row[4 * g + 2], row[4 * g + 3]};
      transpose<V>(four, column[g]);
    }
  }

  // Adds what column j of the window gives to the sums of output row m.
  EDGERT_INLINE void add_column(const I (&column)[kGroups][kQuarters], int j, int m,
                                I (&acc)[kQuarters]) const {
    EDGERT_UNROLL for (int g = 0; g < kGroups; ++g) {
      const bool overlap = 4 * g < m * kS + kH && 4 * g + 3 >= m * kS;
      if (!overlap) continue;
      EDGERT_UNROLL for (int q = 0; q < kQuarters; ++q) {
        dot_accumulate_memory(acc[q], column[g][q], weights_.vectors[j][m][g][q]);
      }
    }
  }

  const DepthwiseS8Args& args_;
  int32_t channel_;
  __mmask16 mask_;  // of Part
  Weights& weights_;
  QuantizerS8<V> quantizer_;
  I bias_[kQuarters];
  F scale_[kQuarters];
  I padding_;
};

template <typename V, int kH, int kW, int kS, int kRows>
void sliding(const DepthwiseS8Args& args, int32_t channel) {
  typename Sliding<V, kH, kW, kS, kRows>::Weights weights;
  Sliding<V, kH, kW, kS, kRows> block(args, channel, weights);
  for (int32_t h = 0; h < args.height;) h += block.run_rows(h);
}

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_DEPTHWISE_S8_X86_AVX512_SLIDING_H_
