// AVX-512 VNNI: x86_avx512_sliding.h for the usual windows, one output at a time for the others.
#include "kernels/conv/depthwise_s8/x86_avx512_sliding.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

// The first `n` of 16 bytes.
EDGERT_INLINE __m128i load_first(const int8_t* p, int32_t n) {
  return _mm_maskz_loadu_epi8(first_channels(n), p);
}

// Sums of up to 16 channels of one output for any kernel; `rows` are those of its output row.
EDGERT_INLINE void accumulate(const DepthwiseS8Args& args, const int8_t* const* rows,
                              int32_t channel, int32_t o, __m128i (&acc)[kQuarters]) {
  const int32_t groups = (args.kernel_h + 3) / 4;
  const int8_t* w = args.weights + int64_t{channel} / 16 * args.kernel_w * groups * 64;
  for (int32_t j = 0; j < args.kernel_w; ++j) {
    const int64_t x = args.first_column + int64_t{o} * args.stride_w + j;
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
  EDGERT_UNROLL for (int q = 0; q < kQuarters; ++q) bias[q] = load_bias<Lanes1>(args, channel, q);
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

// By lanes: up to one, 2, 4.
template <int kH, int kW, int kS, int kRows>
constexpr Function kSliding[3] = {sliding<Part, kH, kW, kS, kRows>,
                                  sliding<Lanes2, kH, kW, kS, kRows>,
                                  sliding<Lanes4, kH, kW, kS, kRows>};

const Function* find_sliding(const DepthwiseS8Args& args) {
  if (args.residual != nullptr) return nullptr;
  if (args.kernel_h == 6 && args.kernel_w == 3) {  // 3x3 with weights of two terms
    if (args.stride_w == 1) return kSliding<6, 3, 1, 1>;
    if (args.stride_w == 2) return kSliding<6, 3, 2, 1>;
  }
  if (args.kernel_h != args.kernel_w) return nullptr;
  if (args.kernel_h == 3 && args.stride_w == 1) return kSliding<3, 3, 1, 2>;
  if (args.kernel_h == 3 && args.stride_w == 2) return kSliding<3, 3, 2, 1>;
  if (args.kernel_h == 5 && args.stride_w == 1) return kSliding<5, 5, 1, 1>;
  if (args.kernel_h == 5 && args.stride_w == 2) return kSliding<5, 5, 2, 1>;
  return nullptr;
}

void depthwise_s8(const DepthwiseS8Args& args) {
  int32_t channel = 0;
  if (const Function* functions = find_sliding(args)) {
    for (int lanes : {4, 2}) {
      for (; args.channels - channel >= 16 * lanes; channel += 16 * lanes) {
        functions[lanes / 2](args, channel);
      }
    }
    for (; channel < args.channels; channel += 16) functions[0](args, channel);
    return;
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
