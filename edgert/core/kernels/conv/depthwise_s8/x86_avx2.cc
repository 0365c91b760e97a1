// AVX2. Kernel rows are taken in pairs: a vector holds, as 16-bit words, the values of a column in
// two neighbouring rows for 8 channels, as vpmaddwd multiplies them. The halves of a block of 16
// channels are [0 ... 3, 8 ... 11] and [4 ... 7, 12 ... 15], which is how unpacking and packing
// split them.
#include "kernels/conv/x86_avx2.h"

#include <type_traits>

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
    const int8_t* group = args.weights + int64_t{channel} * args.kernel_w * ((pairs + 1) / 2 * 4);
    for (int j = 0; j < args.kernel_w; ++j) {
      for (int t = 0; t < pairs; t += 2, group += 64) {
        for (int half = 0; half < 2; ++half) {
          const __m128i low = load_first(group + 16 * half, kBlock);
          const __m128i high = load_first(group + 32 + 16 * half, kBlock);
          const __m256 a = extended(_mm_unpacklo_epi64(low, high));
          const __m256 b = extended(_mm_unpackhi_epi64(low, high));
          _mm256_store_ps(vector(j * pairs + t, half), _mm256_shuffle_ps(a, b, 0x88));
          if (t + 1 == pairs) continue;
          _mm256_store_ps(vector(j * pairs + t + 1, half), _mm256_shuffle_ps(a, b, 0xdd));
        }
      }
    }
    bias[0] = halves(args.bias + channel, 0), bias[1] = halves(args.bias + channel, 4);
    scale[0] = _mm256_castsi256_ps(halves(args.scale + channel, 0));
    scale[1] = _mm256_castsi256_ps(halves(args.scale + channel, 4));
  }

 private:
  float* vector(int pair, int half) { return reinterpret_cast<float*>(weights[pair][half]); }
  static __m256 extended(__m128i bytes) { return _mm256_castsi256_ps(_mm256_cvtepi8_epi16(bytes)); }
  template <typename T>
  static __m256i halves(const T* p, int first) {
    __m128i low, high;
    std::memcpy(&low, p + first, sizeof(low));
    std::memcpy(&high, p + first + 8, sizeof(high));
    return _mm256_set_m128i(high, low);
  }
};

EDGERT_INLINE void add_column(const Block& block, const int8_t* const* rows, int64_t offset,
                              int32_t kernel_h, int pairs, int j, int32_t count,
                              __m256i (&acc)[2]) {
  for (int t = 0; t < pairs; ++t) {
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

// Any kernel, residual and type of y, one output at a time.
template <typename T>
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
      for (int j = 0; j < args.kernel_w; ++j, ++x) {
        const bool inside = x >= 0 && x < args.x_columns;
        add_column(block, inside ? rows : padding, channel + (inside ? x * args.x_step : 0),
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

// kH x kW, stride kS, no residual, s8 output, all 16 channels of the block present.
// Sums of the kLive outputs whose windows overlap are kept in registers while columns pass from
// left to right.
template <int kH, int kW, int kS>
class Sliding {
 public:
  EDGERT_INLINE Sliding(const DepthwiseS8Args& args, const Block& block, int32_t channel)
      : args_(args), weights_(block.weights), channel_(channel), epilogue_(args) {
    bias_[0] = block.bias[0], bias_[1] = block.bias[1];
    scale_[0] = block.scale[0], scale_[1] = block.scale[1];
  }

  EDGERT_INLINE void run_row(int32_t h) const {
    const int8_t* rows[kH];
    EDGERT_UNROLL for (int i = 0; i < kH; ++i) rows[i] = args_.rows[h * kH + i] + channel_;
    int8_t* y = static_cast<int8_t*>(args_.y[h]) + channel_;
    const Columns columns{args_.x_columns, args_.x_step, args_.padding + channel_};
    const int64_t y_step = args_.y_step;
    __m256i acc[kLive][2];
    EDGERT_UNROLL for (int n = 0; n < kLive; ++n) acc[n][0] = bias_[0], acc[n][1] = bias_[1];
    int32_t x = args_.first_column;
    EDGERT_UNROLL for (int c = 0; c < kW - kS; ++c) add_column(rows, columns, x++, c, acc);
    for (int32_t o = args_.width; o > 0; --o, y += y_step) {
      EDGERT_UNROLL for (int c = kW - kS; c < kW; ++c) add_column(rows, columns, x++, c, acc);
      epilogue_.store_unpacked(_mm256_mul_ps(_mm256_cvtepi32_ps(acc[0][0]), scale_[0]),
                               _mm256_mul_ps(_mm256_cvtepi32_ps(acc[0][1]), scale_[1]), y);
      EDGERT_UNROLL for (int i = 0; i < 2; ++i) {
        EDGERT_UNROLL for (int n = 0; n + 1 < kLive; ++n) acc[n][i] = acc[n + 1][i];
        acc[kLive - 1][i] = bias_[i];
      }
    }
  }

 private:
  static constexpr int kPairs = (kH + 1) / 2;
  static constexpr int kLive = (kW - 1) / kS + 1;

  struct Columns {
    int32_t count;
    int64_t step;
    const int8_t* padding;
  };

  // Adds column `x`, number `c` of the first output's window, to all outputs it belongs to.
  EDGERT_INLINE void add_column(const int8_t* const (&rows)[kH], const Columns& columns, int32_t x,
                                int c, __m256i (&acc)[kLive][2]) const {
    const bool inside = static_cast<uint32_t>(x) < static_cast<uint32_t>(columns.count);
    const int64_t offset = x * columns.step;
    const int8_t* row[2 * kPairs];
    EDGERT_UNROLL for (int i = 0; i < 2 * kPairs; ++i) {  // the weights of a row past kH are zero
      row[i] = inside ? rows[i < kH ? i : kH - 1] + offset : columns.padding;
    }
    EDGERT_UNROLL for (int t = 0; t < kPairs; ++t) {
      const __m256i a = _mm256_cvtepi8_epi16(load_first(row[2 * t], kBlock));
      const __m256i b =
          2 * t + 1 < kH ? _mm256_cvtepi8_epi16(load_first(row[2 * t + 1], kBlock)) : a;
      const __m256i column[2] = {_mm256_unpacklo_epi16(a, b), _mm256_unpackhi_epi16(a, b)};
      EDGERT_UNROLL for (int n = 0; n < kLive; ++n) {
        const int j = c - n * kS;
        if (j < 0) continue;
        EDGERT_UNROLL for (int i = 0; i < 2; ++i) {
          const __m256i w = load_vector(weights_[j * kPairs + t][i]);
          acc[n][i] = _mm256_add_epi32(acc[n][i], _mm256_madd_epi16(column[i], w));
        }
      }
    }
  }

  const DepthwiseS8Args& args_;
  const int16_t (*weights_)[2][16];
  int32_t channel_;
  Epilogue<DepthwiseS8Args> epilogue_;
  __m256i bias_[2];
  __m256 scale_[2];
};

template <int kH, int kW, int kS>
void sliding(const DepthwiseS8Args& args, int32_t channel) {
  const Block block(args, channel, (kH + 1) / 2);
  const Sliding<kH, kW, kS> rows(args, block, channel);
  for (int32_t h = 0; h < args.height; ++h) rows.run_row(h);
}

using Function = void (*)(const DepthwiseS8Args& args, int32_t channel);

// nullptr where there is none.
Function find_sliding(const DepthwiseS8Args& args) {
  if (args.residual != nullptr) return nullptr;
  if (args.kernel_h == 6 && args.kernel_w == 3) {  // 3x3 with weights of two terms
    if (args.stride_w == 1) return sliding<6, 3, 1>;
    if (args.stride_w == 2) return sliding<6, 3, 2>;
  }
  if (args.kernel_h != args.kernel_w) return nullptr;
  if (args.kernel_h == 3 && args.stride_w == 1) return sliding<3, 3, 1>;
  if (args.kernel_h == 3 && args.stride_w == 2) return sliding<3, 3, 2>;
  if (args.kernel_h == 5 && args.stride_w == 1) return sliding<5, 5, 1>;
  if (args.kernel_h == 5 && args.stride_w == 2) return sliding<5, 5, 2>;
  return nullptr;
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
        for (int j = 0; j < args.kernel_w; ++j, ++x, w += column_bytes) {
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
  int32_t channel = 0;
  if constexpr (std::is_same_v<T, int8_t>) {
    if (const Function function = find_sliding(args)) {
      for (; channel + kBlock <= args.channels; channel += kBlock) function(args, channel);
    }
  }
  for (; channel < args.channels; channel += kBlock) {
    depthwise_block<T>(args, channel);
  }
}

constexpr DepthwiseS8 kOps{16, depthwise<int8_t>, depthwise<float>};
const Microkernel<DepthwiseS8> registration{Isa::kAvx2, kOps};

}  // namespace
}  // namespace edgert
