// AVX2. Kernel rows are taken in pairs: a vector holds, as 16-bit words, the values of a column in
// two neighbouring rows for 8 channels, as vpmaddwd multiplies them. The halves of a block of 16
// channels are [0 ... 3, 8 ... 11] and [4 ... 7, 12 ... 15], which is how unpacking and packing
// split them.
#include "kernels/conv/x86_avx2.h"

#include "kernels/conv/depthwise_s8.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

constexpr int kMaxWeights = 128;  // vectors of each half: kernel columns times pairs of rows

// Weights, bias and scale of the 16 channels from `channel` on.
struct Block {
  alignas(32) int16_t weights[kMaxWeights][2][16];  // [column][pair of rows][half]
  __m256i bias[2];
  __m256 scale[2];

  Block(const DepthwiseS8Args& args, int32_t channel, int pairs) {
    const int8_t* w = args.weights + int64_t{channel} * args.kernel_w * ((pairs + 1) / 2 * 4);
    for (int j = 0; j < args.kernel_w; ++j) {
      for (int t = 0; t < pairs; ++t) {
        const int8_t* group = w + (j * ((pairs + 1) / 2) + t / 2) * 64 + t % 2 * 2;
        for (int c = 0; c < kBlock; ++c) {
          int16_t* to = weights[j * pairs + t][c / 4 % 2] + c / 8 * 8 + c % 4 * 2;
          to[0] = group[4 * c];
          to[1] = group[4 * c + 1];
        }
      }
    }
    bias[0] = halves(args.bias + channel, 0), bias[1] = halves(args.bias + channel, 4);
    scale[0] = _mm256_castsi256_ps(halves(args.scale + channel, 0));
    scale[1] = _mm256_castsi256_ps(halves(args.scale + channel, 4));
  }

 private:
  template <typename T>
  static __m256i halves(const T* p, int first) {
    __m128i low, high;
    std::memcpy(&low, p + first, sizeof(low));
    std::memcpy(&high, p + first + 8, sizeof(high));
    return _mm256_set_m128i(high, low);
  }
};

// kPairs = 0: any number of kernel rows.
template <int kPairs>
EDGERT_INLINE void add_column(const Block& block, const int8_t* const* rows, int64_t offset,
                              int32_t kernel_h, int pairs, int j, int32_t count,
                              __m256i (&acc)[2]) {
  if constexpr (kPairs > 0) pairs = kPairs;
  EDGERT_UNROLL for (int t = 0; t < pairs; ++t) {
    const bool second = 2 * t + 1 < kernel_h;  // else its weights are zero
    const __m256i a = _mm256_cvtepi8_epi16(load_first(rows[2 * t] + offset, count));
    const __m256i b =
        second ? _mm256_cvtepi8_epi16(load_first(rows[2 * t + 1] + offset, count)) : a;
    const int16_t(*w)[16] = block.weights[j * pairs + t];
    acc[0] =
        _mm256_add_epi32(acc[0], _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), load_vector(w[0])));
    acc[1] =
        _mm256_add_epi32(acc[1], _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), load_vector(w[1])));
  }
}

template <int kPairs, typename T>
void depthwise_block(const DepthwiseS8Args& args, int32_t channel) {
  const Epilogue<DepthwiseS8Args> epilogue(args);
  const int pairs = (args.kernel_h + 1) / 2;
  const Block block(args, channel, pairs);
  const int32_t count = args.channels - channel;
  const int8_t* padding[2 * kMaxWeights];
  for (int i = 0; i < args.kernel_h; ++i) padding[i] = args.padding;
  for (int32_t h = 0; h < args.height; ++h) {
    const int8_t* const* rows = args.rows + int64_t{h} * args.kernel_h;
    T* y = static_cast<T*>(args.y[h]) + channel;
    const T* residual =
        args.residual != nullptr ? static_cast<const T*>(args.residual[h]) + channel : nullptr;
    for (int32_t o = 0; o < args.width; ++o) {
      __m256i acc[2] = {block.bias[0], block.bias[1]};
      int64_t x = args.first_column + int64_t{o} * args.stride_w;
      for (int j = 0; j < args.kernel_w; ++j, x += args.dilation_w) {
        const bool inside = x >= 0 && x < args.x_columns;
        add_column<kPairs>(block, inside ? rows : padding, channel + (inside ? x * args.x_step : 0),
                           args.kernel_h, pairs, j, count, acc);
      }
      const __m256 t0 = _mm256_mul_ps(_mm256_cvtepi32_ps(acc[0]), block.scale[0]);
      const __m256 t1 = _mm256_mul_ps(_mm256_cvtepi32_ps(acc[1]), block.scale[1]);
      epilogue.store(args, _mm256_permute2f128_ps(t0, t1, 0x20),
                     _mm256_permute2f128_ps(t0, t1, 0x31),
                     residual != nullptr ? residual + o * args.residual_step : nullptr,
                     y + o * args.y_step, count);
    }
  }
}

// Kernels too large for Block: channel by channel.
template <typename T>
void depthwise_large(const DepthwiseS8Args& args) {
  const int64_t column_bytes = (args.kernel_h + 3) / 4 * 64;
  for (int32_t h = 0; h < args.height; ++h) {
    const int8_t* const* rows = args.rows + int64_t{h} * args.kernel_h;
    for (int32_t o = 0; o < args.width; ++o) {
      for (int32_t c = 0; c < args.channels; ++c) {
        const int8_t* w = args.weights + c / 16 * args.kernel_w * column_bytes + c % 16 * 4;
        uint32_t acc = static_cast<uint32_t>(args.bias[c]);
        int64_t x = args.first_column + int64_t{o} * args.stride_w;
        for (int j = 0; j < args.kernel_w; ++j, x += args.dilation_w, w += column_bytes) {
          const bool inside = x >= 0 && x < args.x_columns;
          for (int i = 0; i < args.kernel_h; ++i) {
            const int32_t value = inside ? rows[i][x * args.x_step + c] : args.padding[c];
            acc += static_cast<uint32_t>(value * w[i / 4 * 64 + i % 4]);
          }
        }
        const float t = static_cast<float>(static_cast<int32_t>(acc)) * args.scale[c];
        const T* residual = nullptr;
        if (args.residual != nullptr) {
          residual = static_cast<const T*>(args.residual[h]) + o * args.residual_step + c;
        }
        store_output(args, t, residual, static_cast<T*>(args.y[h]) + o * args.y_step + c);
      }
    }
  }
}

template <typename T>
void depthwise(const DepthwiseS8Args& args) {
  const int64_t pairs = (int64_t{args.kernel_h} + 1) / 2;
  if (pairs * args.kernel_w > kMaxWeights) return depthwise_large<T>(args);
  for (int32_t channel = 0; channel < args.channels; channel += kBlock) {
    if (args.kernel_h == 3) {
      depthwise_block<2, T>(args, channel);
    } else if (args.kernel_h == 5) {
      depthwise_block<3, T>(args, channel);
    } else {
      depthwise_block<0, T>(args, channel);
    }
  }
}

constexpr DepthwiseS8 kOps{16, depthwise<int8_t>, depthwise<float>};
const Microkernel<DepthwiseS8> registration{Isa::kAvx2, kOps};

}  // namespace
}  // namespace edgert
