// AVX-512 VNNI. One input column of 16 channels and up to 4 kernel rows is transposed into 4
// vectors q = 0 ... 3 of [4 channels][4 rows], as vpdpbusd multiplies them; it is transposed once,
// and added to every output whose window it lies in. With several 128-bit lanes, each lane holds
// another block of 16 channels. Activations have their sign bit flipped, see gemm_s8.
#include "kernels/conv/depthwise_s8.h"
#include "kernels/conv/x86_avx512.h"
#include "runtime/microkernel.h"

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

// out[q][lane] = 16 bytes number q of in[lane].
template <typename V>
EDGERT_INLINE void gather_quarters(const void* in, int64_t lane_bytes,
                                   typename V::I (&out)[kQuarters]) {
  const auto* bytes = static_cast<const std::byte*>(in);
  EDGERT_UNROLL for (int q = 0; q < kQuarters; ++q) {
    alignas(64) std::byte vector[sizeof(typename V::I)];
    EDGERT_UNROLL for (int lane = 0; lane < V::kLanes; ++lane) {
      std::memcpy(vector + 16 * lane, bytes + lane * lane_bytes + 16 * q, 16);
    }
    out[q] = V::load(vector);
  }
}

// Bias of 16 * V::kLanes channels for activations that are 128 too large.
template <typename V>
EDGERT_INLINE void gather_bias(const DepthwiseS8Args& args, int32_t channel,
                               typename V::I (&out)[kQuarters]) {
  alignas(64) int32_t bias[16 * V::kLanes];
  for (int i = 0; i < 16 * V::kLanes; ++i) {
    bias[i] = static_cast<int32_t>(static_cast<uint32_t>(args.bias[channel + i]) -
                                   128u * static_cast<uint32_t>(args.weight_sum[channel + i]));
  }
  gather_quarters<V>(bias, 64, out);
}

// kH x kW, stride kS, no dilation, no residual, s8 output, all of 16 * V::kLanes channels present.
// Sums of the kLive outputs whose windows overlap are kept in registers while columns pass from
// left to right; nothing here may be called out of line, as that would put them into memory.
template <typename V, int kH, int kW, int kS>
class Sliding {
 public:
  using I = typename V::I;
  using F = typename V::F;

  EDGERT_INLINE Sliding(const DepthwiseS8Args& args, int32_t channel)
      : args_(args), channel_(channel), quantizer_(args) {
    gather_bias<V>(args, channel, bias_);
    I scale[kQuarters];
    gather_quarters<V>(args.scale + channel, 64, scale);
    EDGERT_UNROLL for (int q = 0; q < kQuarters; ++q) std::memcpy(&scale_[q], &scale[q], sizeof(I));
    const int64_t block_bytes = kW * kGroups * 64;
    const int8_t* weights = args.weights + channel / 16 * block_bytes;
    for (int i = 0; i < kW * kGroups; ++i) {
      gather_quarters<V>(weights + i * 64, block_bytes, weights_[i]);
    }
    padding_ = V::flip(V::load(args.padding + channel));
  }

  EDGERT_INLINE void run_row(int32_t h) {
    I acc[kLive][kQuarters];
    EDGERT_UNROLL for (int m = 0; m < kLive; ++m) start(acc[m]);
    const int8_t* rows[kH];
    EDGERT_UNROLL for (int i = 0; i < kH; ++i) rows[i] = args_.rows[h * kH + i] + channel_;
    int8_t* y = static_cast<int8_t*>(args_.y[h]) + channel_;
    int32_t x = args_.first_column;
    EDGERT_UNROLL for (int c = 0; c < kW - kS; ++c) add_column(rows, x++, c, acc);
    for (int32_t o = 0; o < args_.width; ++o, y += args_.y_step) {
      EDGERT_UNROLL for (int c = kW - kS; c < kW; ++c) add_column(rows, x++, c, acc);
      store(acc[0], y);
      EDGERT_UNROLL for (int m = 0; m + 1 < kLive; ++m) {
        EDGERT_UNROLL for (int q = 0; q < kQuarters; ++q) acc[m][q] = acc[m + 1][q];
      }
      start(acc[kLive - 1]);
    }
  }

 private:
  static constexpr int kGroups = (kH + 3) / 4;  // of 4 kernel rows
  static constexpr int kLive = (kW - 1) / kS + 1;
  static constexpr bool kInRegisters = kW * kGroups <= 3;

  EDGERT_INLINE void start(I (&acc)[kQuarters]) const {
    EDGERT_UNROLL for (int q = 0; q < kQuarters; ++q) acc[q] = bias_[q];
  }

  EDGERT_INLINE void store(const I (&acc)[kQuarters], int8_t* y) const {
    F t[kQuarters];
    EDGERT_UNROLL for (int q = 0; q < kQuarters; ++q) t[q] = V::scaled(acc[q], scale_[q]);
    V::store(y, quantizer_.interleaved(t[0], t[1], t[2], t[3]));
  }

  // Adds column `x`, which is number `c` of the first output's window, to all outputs it belongs
  // to.
  EDGERT_INLINE void add_column(const int8_t* const (&rows)[kH], int32_t x, int c,
                                I (&acc)[kLive][kQuarters]) const {
    I row[4 * kGroups];
    if (x >= 0 && x < args_.x_columns) {
      const int64_t offset = x * args_.x_step;
      EDGERT_UNROLL for (int i = 0; i < kH; ++i) row[i] = V::flip(V::load(rows[i] + offset));
    } else {
      EDGERT_UNROLL for (int i = 0; i < kH; ++i) row[i] = padding_;
    }
    // The weights of the rows past kH are zero.
    EDGERT_UNROLL for (int i = kH; i < 4 * kGroups; ++i) row[i] = row[kH - 1];
    EDGERT_UNROLL for (int g = 0; g < kGroups; ++g) {
      const I four[4] = {row[4 * g], row[4 * g + 1], row[4 * g + 2], row[4 * g + 3]};
      I column[kQuarters];
      transpose<V>(four, column);
      EDGERT_UNROLL for (int m = 0; m < kLive; ++m) {
        const int j = c - m * kS;
        if (j < 0) continue;
        EDGERT_UNROLL for (int q = 0; q < kQuarters; ++q) {
          const I& w = weights_[j * kGroups + g][q];
          if constexpr (kInRegisters) {
            dot_accumulate(acc[m][q], column[q], w);
          } else {
            dot_accumulate_memory(acc[m][q], column[q], w);
          }
        }
      }
    }
  }

  const DepthwiseS8Args& args_;
  int32_t channel_;
  QuantizerS8<V> quantizer_;
  I bias_[kQuarters];
  F scale_[kQuarters];
  I weights_[kW * kGroups][kQuarters];
  I padding_;
};

template <typename V, int kH, int kW, int kS>
void sliding(const DepthwiseS8Args& args, int32_t channel) {
  Sliding<V, kH, kW, kS> block(args, channel);
  for (int32_t h = 0; h < args.height; ++h) block.run_row(h);
}

// The first `n` of 16 bytes.
EDGERT_INLINE __m128i load_first(const int8_t* p, int32_t n) {
  return _mm_maskz_loadu_epi8(static_cast<__mmask16>(n >= 16 ? 0xffff : (1 << n) - 1), p);
}

// Sums of up to 16 channels of one output for any kernel; `rows` are those of its output row.
EDGERT_INLINE void accumulate(const DepthwiseS8Args& args, const int8_t* const* rows,
                              int32_t channel, int32_t o, __m128i (&acc)[kQuarters]) {
  const int32_t groups = (args.kernel_h + 3) / 4;
  const int8_t* w = args.weights + int64_t{channel} / 16 * args.kernel_w * groups * 64;
  for (int32_t j = 0; j < args.kernel_w; ++j) {
    const int64_t x = args.first_column + int64_t{o} * args.stride_w + int64_t{j} * args.dilation_w;
    const bool inside = x >= 0 && x < args.x_columns;
    for (int32_t g = 0; g < groups; ++g, w += 64) {
      __m128i row[4], column[kQuarters];
      EDGERT_UNROLL for (int i = 0; i < 4; ++i) {
        const int32_t last = args.kernel_h - 1;  // the weights of the rows past it are zero
        const int8_t* row_start = rows[4 * g + i < last ? 4 * g + i : last];
        const int8_t* p = inside ? row_start + x * args.x_step : args.padding;
        row[i] = Lanes1::flip(load_first(p + channel, args.channels - channel));
      }
      transpose<Lanes1>(row, column);
      EDGERT_UNROLL for (int q = 0; q < kQuarters; ++q) {
        dot_accumulate(acc[q], column[q], Lanes1::load(w + 16 * q));
      }
    }
  }
}

// Everything that `sliding` does not do: up to 16 channels of type T.
template <typename T>
void general(const DepthwiseS8Args& args, int32_t channel) {
  __m128i bias[kQuarters];
  gather_bias<Lanes1>(args, channel, bias);
  for (int32_t h = 0; h < args.height; ++h) {
    for (int32_t o = 0; o < args.width; ++o) {
      __m128i acc[kQuarters] = {bias[0], bias[1], bias[2], bias[3]};
      accumulate(args, args.rows + int64_t{h} * args.kernel_h, channel, o, acc);
      int32_t sums[16];
      std::memcpy(sums, acc, sizeof(sums));
      T* y = static_cast<T*>(args.y[h]) + o * args.y_step + channel;
      const T* residual = nullptr;
      if (args.residual != nullptr) {
        residual = static_cast<const T*>(args.residual[h]) + o * args.residual_step + channel;
      }
      for (int c = 0; c < 16 && channel + c < args.channels; ++c) {
        const float t = static_cast<float>(sums[c]) * args.scale[channel + c];
        store_output(args, t, residual != nullptr ? residual + c : nullptr, y + c);
      }
    }
  }
}

using Function = void (*)(const DepthwiseS8Args& args, int32_t channel);

// By lanes: 1, 2, 4.
template <int kH, int kW, int kS>
constexpr Function kSliding[3] = {sliding<Lanes1, kH, kW, kS>, sliding<Lanes2, kH, kW, kS>,
                                  sliding<Lanes4, kH, kW, kS>};

const Function* find_sliding(const DepthwiseS8Args& args) {
  if (args.residual != nullptr || args.dilation_w != 1 || args.kernel_h != args.kernel_w)
    return nullptr;
  if (args.kernel_h == 3 && args.stride_w == 1) return kSliding<3, 3, 1>;
  if (args.kernel_h == 3 && args.stride_w == 2) return kSliding<3, 3, 2>;
  if (args.kernel_h == 5 && args.stride_w == 1) return kSliding<5, 5, 1>;
  if (args.kernel_h == 5 && args.stride_w == 2) return kSliding<5, 5, 2>;
  return nullptr;
}

void depthwise_s8(const DepthwiseS8Args& args) {
  int32_t channel = 0;
  if (const Function* functions = find_sliding(args)) {
    for (int lanes : {4, 2, 1}) {
      for (; args.channels - channel >= 16 * lanes; channel += 16 * lanes) {
        functions[lanes / 2](args, channel);
      }
    }
  }
  for (; channel < args.channels; channel += 16) general<int8_t>(args, channel);
}

void depthwise_f32(const DepthwiseS8Args& args) {
  for (int32_t channel = 0; channel < args.channels; channel += 16) general<float>(args, channel);
}

constexpr DepthwiseS8 kOps{64, depthwise_s8, depthwise_f32};
const Microkernel<DepthwiseS8> registration{Isa::kAvx512Vnni, kOps};

}  // namespace
}  // namespace edgert
