#include <algorithm>

#include "kernels/conv/arm.h"
#include "kernels/conv/depthwise_f32.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

// Outputs computed together: their sums are independent, and they share every load of weights.
constexpr int kColumns = 8;

struct Row {
  const DepthwiseF32Args& args;
  const float* const* rows;
  const float* residual;  // or nullptr
  float* y;
};

// 4 channels, or the n < 4 that may be accessed.
EDGERT_INLINE float32x4_t load(const float* p, int32_t n) {
  if (n >= 4) return vld1q_f32(p);
  float32x4_t v = vld1q_lane_f32(p, vdupq_n_f32(0.0f), 0);
  if (n > 1) v = vld1q_lane_f32(p + 1, v, 1);
  return n > 2 ? vld1q_lane_f32(p + 2, v, 2) : v;
}
EDGERT_INLINE void store(float* p, float32x4_t v, int32_t n) {
  if (n >= 4) return vst1q_f32(p, v);
  vst1q_lane_f32(p, v, 0);
  if (n > 1) vst1q_lane_f32(p + 1, v, 1);
  if (n > 2) vst1q_lane_f32(p + 2, v, 2);
}

EDGERT_INLINE void store_output(const Row& row, float32x4_t t, int32_t o, int32_t c, int32_t n) {
  const DepthwiseF32Args& args = row.args;
  if (row.residual != nullptr) {
    t = vaddq_f32(t, load(row.residual + o * args.residual_step + c, n));
  }
  t = vminq_f32(vmaxq_f32(t, vdupq_n_f32(args.act_min)), vdupq_n_f32(args.act_max));
  store(row.y + o * args.y_step + c, t, n);
}

// One output, whose taps may lie in the padding.
void output(const Row& row, int32_t o, int32_t c, int32_t n, const float* w) {
  const DepthwiseF32Args& args = row.args;
  const int64_t first = args.first_column + int64_t{o} * args.stride_w;
  float32x4_t acc = vld1q_f32(args.bias + c);
  for (int32_t i = 0; i < args.kernel_h; ++i) {
    for (int32_t j = 0; j < args.kernel_w; ++j, w += 16) {
      const int64_t column = first + j;
      const bool inside = column >= 0 && column < args.x_columns;
      const float* x = inside ? row.rows[i] + column * args.x_step : args.padding;
      acc = vfmaq_f32(acc, load(x + c, n), vld1q_f32(w));
    }
  }
  store_output(row, acc, o, c, n);
}

// kColumns outputs, all of whose taps lie inside the image; the same sums in the same order.
void outputs(const Row& row, int32_t o, int32_t c, int32_t n, const float* w) {
  const DepthwiseF32Args& args = row.args;
  const int64_t step = args.stride_w * args.x_step;
  const int64_t first = (args.first_column + int64_t{o} * args.stride_w) * args.x_step + c;
  float32x4_t acc[kColumns];
  EDGERT_UNROLL for (int k = 0; k < kColumns; ++k) acc[k] = vld1q_f32(args.bias + c);
  for (int32_t i = 0; i < args.kernel_h; ++i) {
    const float* column = row.rows[i] + first;
    for (int32_t j = 0; j < args.kernel_w; ++j, w += 16, column += args.x_step) {
      const float32x4_t weights = vld1q_f32(w);
      const float* x = column;
      EDGERT_UNROLL for (int k = 0; k < kColumns; ++k, x += step) {
        acc[k] = vfmaq_f32(acc[k], load(x, n), weights);
      }
    }
  }
  EDGERT_UNROLL for (int k = 0; k < kColumns; ++k) store_output(row, acc[k], o + k, c, n);
}

void run_row(const Row& row, int32_t c, const float* w) {
  const DepthwiseF32Args& args = row.args;
  const int64_t reach = int64_t{kColumns - 1} * args.stride_w + args.kernel_w - 1;
  const int32_t n = std::min(args.channels - c, 4);
  for (int32_t o = 0; o < args.width;) {
    const int64_t first = args.first_column + int64_t{o} * args.stride_w;
    if (first >= 0 && first + reach < args.x_columns && o + kColumns <= args.width) {
      outputs(row, o, c, n, w);
      o += kColumns;
    } else {
      output(row, o++, c, n, w);
    }
  }
}

void depthwise_neon(const DepthwiseF32Args& args) {
  const int64_t block = int64_t{args.kernel_h} * args.kernel_w * 16;
  for (int32_t h = 0; h < args.height; ++h) {
    const auto* residual =
        args.residual == nullptr ? nullptr : static_cast<const float*>(args.residual[h]);
    const Row row = {args, args.rows + int64_t{h} * args.kernel_h, residual,
                     static_cast<float*>(args.y[h])};
    for (int32_t c = 0; c < args.channels; c += 4) {
      run_row(row, c, args.weights + c / 16 * block + c % 16);
    }
  }
}

constexpr DepthwiseF32 kOps{16, depthwise_neon};
const Microkernel<DepthwiseF32> registration{Isa::kNeon, kOps};

}  // namespace
}  // namespace edgert
