// Depthwise convolutions with any kernel: products of two taps are added in 16 bits. For CPUs
// without dot products, of 32 and 64 bits.
#ifndef EDGERT_KERNELS_CONV_DEPTHWISE_S8_ARM_PAIRS_H_
#define EDGERT_KERNELS_CONV_DEPTHWISE_S8_ARM_PAIRS_H_

#include "kernels/conv/depthwise_s8/arm.h"
#if defined(__aarch64__)
#include "kernels/conv/arm64.h"
#else
#include "kernels/conv/armv7.h"
#endif

namespace edgert {
namespace {

// Groups of four rows of one column: v.val[i] are the 16 channels of row i.
struct Weights {
  static constexpr int32_t kMaxGroups = 32;

  const int8_t* data;
  bool deinterleaved;

  EDGERT_INLINE int8x16x4_t load(int32_t group) const {
    const int8_t* p = data + int64_t{group} * 64;
    if (!deinterleaved) return vld4q_s8(p);
    return {vld1q_s8(p), vld1q_s8(p + 16), vld1q_s8(p + 32), vld1q_s8(p + 48)};
  }
};

// LD4 is slow on many cores: done once for kernels that fit the buffer.
Weights deinterleave(const int8_t* packed, int32_t groups, int8_t* buffer) {
  if (groups > Weights::kMaxGroups) return {packed, false};
  for (int32_t g = 0; g < groups; ++g) {
    const int8x16x4_t v = vld4q_s8(packed + int64_t{g} * 64);
    EDGERT_UNROLL for (int i = 0; i < 4; ++i) vst1q_s8(buffer + g * 64 + 16 * i, v.val[i]);
  }
  return {buffer, true};
}

// The taps of one output for any kernel.
template <bool kFull>
void accumulate(const DepthwiseS8Args& args, const int8_t* const* rows, int64_t column, int32_t c,
                Weights weights, int32x4_t (&acc)[4]) {
  const int32_t n = args.channels - c;
  int32_t group = 0;
  for (int32_t j = 0; j < args.kernel_w; ++j, ++column) {
    const bool inside = column >= 0 && column < args.x_columns;
    const int64_t offset = (inside ? column * args.x_step : 0) + c;
    for (int32_t i = 0; i < args.kernel_h; i += 4) {
      const auto x = [&](int32_t k) {
        return load_x<kFull>((inside ? rows[i + k] : args.padding) + offset, n);
      };
      const int8x16x4_t w = weights.load(group++);
      const int32_t taps = args.kernel_h - i;
      int16x8_t t[2];
      smull(t, w.val[0], x(0));
      if (taps > 1) smlal(t, w.val[1], x(1));
      saddw(acc, t);
      if (taps <= 2) continue;
      smull(t, w.val[2], x(2));
      if (taps > 3) smlal(t, w.val[3], x(3));
      saddw(acc, t);
    }
  }
}

struct Row {
  template <bool kFull, typename T>
  static void run(const DepthwiseS8Args& args, int32_t h, int32_t c, const int8_t* packed) {
    const OutputRow<T> out(args, h, c);
    const int8_t* const* rows = args.rows + int64_t{h} * args.kernel_h;
    alignas(16) int8_t buffer[Weights::kMaxGroups * 64];
    const Weights weights = deinterleave(packed, args.kernel_w * row_groups(args), buffer);
    for (int32_t o = 0; o < args.width; ++o) {
      const int64_t column = args.first_column + int64_t{o} * args.stride_w;
      int32x4_t acc[4];
      out.start(acc);
      accumulate<kFull>(args, rows, column, c, weights, acc);
      out.store(o, acc, kFull ? 16 : args.channels - c);
    }
  }
};

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_DEPTHWISE_S8_ARM_PAIRS_H_
