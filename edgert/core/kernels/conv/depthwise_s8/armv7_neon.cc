#include <cstddef>

#include "kernels/conv/depthwise_s8/arm.h"
#include "kernels/conv/depthwise_s8/arm_pairs.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

// ---- 3x3, 8 channels at a time: weights stay in registers ----

constexpr int32_t kLanes = 8;

// Weights by column; val[i] is row i.
struct Weights3x3 {
  int8x8x4_t column[3];

  explicit Weights3x3(const int8_t* packed)
      : column{vld4_s8(packed), vld4_s8(packed + 64), vld4_s8(packed + 128)} {}
  int8x8_t operator()(int row, int j) const { return column[j].val[row]; }
};

// What turns sums into outputs: magic and offset do what round_half_even() does, and add the zero
// point, before the result is saturated.
struct Finish {
  float32x4_t magic;
  int32x4_t offset;
  int8x8_t low;
  int8x8_t high;
  const int32_t* bias;
  const float* scale;

  Finish(const DepthwiseS8Args& args, const Epilogue<int8_t>& epilogue, int32_t channel)
      : magic(vdupq_n_f32(kRoundingMagic)),
        offset(vdupq_n_s32(kRoundingMagicBits - args.y_zero_point)),
        low(vget_low_s8(epilogue.low())),
        high(vget_low_s8(epilogue.high())),
        bias(args.bias + channel),
        scale(args.scale + channel) {}
};

// Where the windows of some outputs are.
struct Windows {
  const int8_t* x[3];  // the first tap of each row
  ptrdiff_t column;    // from a tap to the next one
  ptrdiff_t step;      // from a window to the next one
};

// `count` >= 1 outputs of a row.
//
// One block of instructions in the order of in-order cores, as there is no register to spare: q0
// and q1 are the sums, from bias on; q2 to q4 products of two taps; d10 to d15 taps.
EDGERT_INLINE void inner_3x3(const Windows& windows, int8_t* y, ptrdiff_t y_step, int32_t count,
                             const Weights3x3& w, const Finish& finish) {
  const int8_t *p0 = windows.x[0], *p1 = windows.x[1], *p2 = windows.x[2];
  asm volatile(
      "1:\n"
      "vld1.8 {d10}, [%[p0]], %[column]\n"
      "vld1.8 {d11}, [%[p1]], %[column]\n"
      "vld1.8 {d12}, [%[p0]], %[column]\n"
      "vld1.8 {d13}, [%[p1]], %[column]\n"
      "vld1.32 {d0, d1, d2, d3}, [%[bias]]\n"
      "vmull.s8 q2, %P[w00], d10\n"
      "vld1.8 {d14}, [%[p0]], %[back]\n"
      "vmull.s8 q3, %P[w01], d12\n"
      "vld1.8 {d15}, [%[p1]], %[back]\n"
      "vmlal.s8 q2, %P[w10], d11\n"
      "vld1.8 {d10}, [%[p2]], %[column]\n"
      "vmlal.s8 q3, %P[w11], d13\n"
      "vld1.8 {d11}, [%[p2]], %[column]\n"
      "vmull.s8 q4, %P[w02], d14\n"
      "vld1.8 {d12}, [%[p2]], %[back]\n"
      "vaddw.s16 q0, q0, d4\n"
      "vaddw.s16 q1, q1, d5\n"
      "vmlal.s8 q4, %P[w12], d15\n"
      "vmull.s8 q2, %P[w20], d10\n"
      "vaddw.s16 q0, q0, d6\n"
      "vaddw.s16 q1, q1, d7\n"
      "vmull.s8 q3, %P[w22], d12\n"
      "vmlal.s8 q2, %P[w21], d11\n"
      "vaddw.s16 q0, q0, d8\n"
      "vaddw.s16 q1, q1, d9\n"
      "vld1.32 {d8, d9, d10, d11}, [%[scale]]\n"
      "subs %[n], %[n], #1\n"
      "vaddw.s16 q0, q0, d6\n"
      "vaddw.s16 q1, q1, d7\n"
      "vaddw.s16 q0, q0, d4\n"
      "vaddw.s16 q1, q1, d5\n"
      "vcvt.f32.s32 q0, q0\n"
      "vcvt.f32.s32 q1, q1\n"
      "vmul.f32 q0, q0, q4\n"
      "vmul.f32 q1, q1, q5\n"
      "vadd.f32 q0, q0, %q[magic]\n"
      "vadd.f32 q1, q1, %q[magic]\n"
      "vqsub.s32 q0, q0, %q[offset]\n"
      "vqsub.s32 q1, q1, %q[offset]\n"
      "vqmovn.s32 d4, q0\n"
      "vqmovn.s32 d5, q1\n"
      "vqmovn.s16 d6, q2\n"
      "vmax.s8 d6, d6, %P[low]\n"
      "vmin.s8 d6, d6, %P[high]\n"
      "vst1.8 {d6}, [%[y]], %[y_step]\n"
      "bne 1b\n"
      : [p0] "+r"(p0), [p1] "+r"(p1), [p2] "+r"(p2), [y] "+r"(y), [n] "+r"(count)
      : [column] "r"(windows.column), [back] "r"(windows.step - 2 * windows.column),
        [y_step] "r"(y_step), [bias] "r"(finish.bias), [scale] "r"(finish.scale),
        [w00] "w"(w(0, 0)), [w01] "w"(w(0, 1)), [w02] "w"(w(0, 2)), [w10] "w"(w(1, 0)),
        [w11] "w"(w(1, 1)), [w12] "w"(w(1, 2)), [w20] "w"(w(2, 0)), [w21] "w"(w(2, 1)),
        [w22] "w"(w(2, 2)), [magic] "w"(finish.magic), [offset] "w"(finish.offset),
        [low] "w"(finish.low), [high] "w"(finish.high)
      : "d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8", "d9", "d10", "d11", "d12", "d13",
        "d14", "d15", "cc", "memory");
}

// n channels from channel `c` on; 8 if more are left.
struct Strip {
  const DepthwiseS8Args& args;
  int32_t c;
  int32_t n;
  const Weights3x3 weights;
  const Finish finish;

  // An output some of whose taps are in the padding, or that has less than 8 channels.
  EDGERT_INLINE void edge(const int8_t* const* rows, int64_t column, int8_t* y) const {
    int8_t window[9 * kLanes];
    EDGERT_UNROLL for (int j = 0; j < 3; ++j) {
      EDGERT_UNROLL for (int i = 0; i < 3; ++i) {
        const int8_t* x = tap(args, rows[i], column + j) + c;
        vst1_s8(window + (3 * i + j) * kLanes, load_lanes(x));
      }
    }
    const Windows windows{{window, window + 3 * kLanes, window + 6 * kLanes}, kLanes, 0};
    if (n == kLanes) return inner_3x3(windows, y, 0, 1, weights, finish);
    int8_t part[16] = {};
    inner_3x3(windows, part, 0, 1, weights, finish);
    store_part(y, vld1q_s8(part), n);
  }

 private:
  EDGERT_INLINE int8x8_t load_lanes(const int8_t* x) const {
    return n == kLanes ? vld1_s8(x) : vcreate_s8(load_bytes(x, n));
  }
};

struct Loops3x3 {
  template <bool kFull>
  static void run(const DepthwiseS8Args& args, int32_t c, const int8_t* packed) {
    const Epilogue<int8_t> epilogue(args);
    const int32_t end = kFull ? c + 16 : args.channels;
    for (; c < end; c += kLanes, packed += 4 * kLanes) {
      run(Strip{args, c, std::min(end - c, kLanes), Weights3x3(packed), {args, epilogue, c}});
    }
  }

 private:
  static void run(const Strip& strip) {
    const DepthwiseS8Args& args = strip.args;
    const auto stride = static_cast<ptrdiff_t>(args.stride_w);
    const auto dx = static_cast<ptrdiff_t>(args.x_step);
    const auto y_step = static_cast<ptrdiff_t>(args.y_step);
    // Outputs [first, last) have no tap in the padding.
    const int32_t outside = std::max(-args.first_column, 0);
    const int32_t first = std::min((outside + args.stride_w - 1) / args.stride_w, args.width);
    const bool whole = strip.n == kLanes;
    const int32_t last = whole ? std::max(first, outputs_within(args, args.x_columns)) : first;
    for (int32_t h = 0; h < args.height; ++h) {
      const int8_t* const* rows = args.rows + ptrdiff_t{h} * 3;
      int8_t* y = static_cast<int8_t*>(args.y[h]) + strip.c;
      if (first < last) {
        const ptrdiff_t x = (args.first_column + first * stride) * dx + strip.c;
        const Windows windows{{rows[0] + x, rows[1] + x, rows[2] + x}, dx, stride * dx};
        inner_3x3(windows, y + first * y_step, y_step, last - first, strip.weights, strip.finish);
      }
      for (int32_t o = first > 0 ? 0 : last; o < args.width; o = o + 1 == first ? last : o + 1) {
        strip.edge(rows, args.first_column + o * stride, y + o * y_step);
      }
    }
  }
};

constexpr DepthwiseS8 kOps{16, depthwise_s8<Loops3x3, Row>, depthwise<Row, float>};
const Microkernel<DepthwiseS8> registration{Isa::kNeon, kOps};

}  // namespace
}  // namespace edgert
