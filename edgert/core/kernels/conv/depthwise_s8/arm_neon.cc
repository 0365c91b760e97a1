#include "kernels/conv/arm64.h"
#include "kernels/conv/depthwise_s8/arm.h"
#include "kernels/conv/depthwise_s8/arm_pairs.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

// ---- 3x3: weights stay in registers ----

// Weights by column; val[i] is row i.
struct Weights3x3 {
  int8x16x4_t column[3];

  explicit Weights3x3(const int8_t* packed)
      : column{vld4q_s8(packed), vld4q_s8(packed + 64), vld4q_s8(packed + 128)} {}
  int8x16_t operator()(int row, int j) const { return column[j].val[row]; }
};

// Where a row of outputs begins.
struct Row3x3 {
  const int8_t* x[3];  // the first tap of each row
  int8_t* y;
};

// `count` >= 1 outputs of a row, whose windows are inside the image.
//
// In-order cores execute what is written here in this order, and the others have few entries to
// reorder it in, hence one block of instructions. v0 ... v3 are the sums of an output, from bias
// on; v4, v6 and v22 with their successors are products of two taps; the rounded values, 16 bits in
// v20 and v21, are finished in v24 and stored during the next round, which starts with the products
// of its first two taps done. So the first round stores nothing of meaning where its own output
// will be written, and the last one multiplies two taps that it has loaded already.
void inner_3x3(const Row3x3& row, int64_t dx, int64_t step, int64_t y_step, int32_t count,
               const Weights3x3& w, const Channels& channels, const Epilogue<int8_t>& epilogue) {
  const int8_t *p0 = row.x[0], *p1 = row.x[1], *p2 = row.x[2];
  int8_t *y = row.y, *previous;
  int64_t offset;
  asm volatile(
      "mov %[offset], #0\n"
      "mov %[previous], %[y]\n"
      "ldr q16, [%[p0]]\n"
      "ldr q17, [%[p1]]\n"
      "movi v20.4s, #0\n"
      "movi v21.4s, #0\n"
      "smull v4.8h, %[w00].8b, v16.8b\n"
      "smull2 v5.8h, %[w00].16b, v16.16b\n"
      "smlal v4.8h, %[w10].8b, v17.8b\n"
      "smlal2 v5.8h, %[w10].16b, v17.16b\n"
      "1:\n"
      "ldr q16, [%[r0], %[offset]]\n"
      "ldr q18, [%[q0], %[offset]]\n"
      "sqadd v20.8h, v20.8h, %[zero].8h\n"
      "ldp q0, q1, [%[channels]]\n"
      "ldr q19, [%[q1], %[offset]]\n"
      "smull2 v23.8h, %[w02].16b, v16.16b\n"
      "ldp q2, q3, [%[channels], #32]\n"
      "smull v6.8h, %[w01].8b, v18.8b\n"
      "smull2 v7.8h, %[w01].16b, v18.16b\n"
      "sqxtn v24.8b, v20.8h\n"
      "smull v22.8h, %[w02].8b, v16.8b\n"
      "ldr q16, [%[q2], %[offset]]\n"
      "ldr q17, [%[r1], %[offset]]\n"
      "saddw2 v3.4s, v3.4s, v5.8h\n"
      "ldr q18, [%[p2], %[offset]]\n"
      "sqadd v21.8h, v21.8h, %[zero].8h\n"
      "saddw2 v1.4s, v1.4s, v4.8h\n"
      "saddw v0.4s, v0.4s, v4.4h\n"
      "smlal v22.8h, %[w12].8b, v17.8b\n"
      "smlal2 v23.8h, %[w12].16b, v17.16b\n"
      "smull v4.8h, %[w20].8b, v18.8b\n"
      "sqxtn2 v24.16b, v21.8h\n"
      "smlal2 v7.8h, %[w11].16b, v19.16b\n"
      "saddw v2.4s, v2.4s, v5.4h\n"
      "smull2 v5.8h, %[w20].16b, v18.16b\n"
      "smlal v6.8h, %[w11].8b, v19.8b\n"
      "ldr q19, [%[r2], %[offset]]\n"
      "add %[offset], %[offset], %[step]\n"
      "smlal v4.8h, %[w21].8b, v16.8b\n"
      "saddw v2.4s, v2.4s, v7.4h\n"
      "saddw2 v3.4s, v3.4s, v7.8h\n"
      "saddw v0.4s, v0.4s, v6.4h\n"
      "saddw2 v1.4s, v1.4s, v6.8h\n"
      "ldp q25, q26, [%[channels], #96]\n"
      "smlal2 v5.8h, %[w21].16b, v16.16b\n"
      "ldr q16, [%[p0], %[offset]]\n"
      "saddw v2.4s, v2.4s, v23.4h\n"
      "saddw v0.4s, v0.4s, v22.4h\n"
      "saddw2 v1.4s, v1.4s, v22.8h\n"
      "ldr q17, [%[p1], %[offset]]\n"
      "smull2 v7.8h, %[w22].16b, v19.16b\n"
      "smax v24.16b, v24.16b, %[low].16b\n"
      "saddw2 v3.4s, v3.4s, v23.8h\n"
      "saddw v0.4s, v0.4s, v4.4h\n"
      "smull v6.8h, %[w22].8b, v19.8b\n"
      "saddw2 v1.4s, v1.4s, v4.8h\n"
      "saddw v2.4s, v2.4s, v5.4h\n"
      "smull v4.8h, %[w00].8b, v16.8b\n"
      "saddw2 v3.4s, v3.4s, v5.8h\n"
      "smull2 v5.8h, %[w00].16b, v16.16b\n"
      "saddw v0.4s, v0.4s, v6.4h\n"
      "saddw2 v1.4s, v1.4s, v6.8h\n"
      "saddw v2.4s, v2.4s, v7.4h\n"
      "ldp q22, q23, [%[channels], #64]\n"
      "saddw2 v3.4s, v3.4s, v7.8h\n"
      "scvtf v0.4s, v0.4s\n"
      "scvtf v1.4s, v1.4s\n"
      "scvtf v2.4s, v2.4s\n"
      "smin v24.16b, v24.16b, %[high].16b\n"
      "subs %w[n], %w[n], #1\n"
      "scvtf v3.4s, v3.4s\n"
      "fmul v0.4s, v0.4s, v22.4s\n"
      "smlal2 v5.8h, %[w10].16b, v17.16b\n"
      "fmul v1.4s, v1.4s, v23.4s\n"
      "fmul v2.4s, v2.4s, v25.4s\n"
      "str q24, [%[previous]]\n"
      "fcvtns v0.4s, v0.4s\n"
      "fmul v3.4s, v3.4s, v26.4s\n"
      "smlal v4.8h, %[w10].8b, v17.8b\n"
      "fcvtns v2.4s, v2.4s\n"
      "mov %[previous], %[y]\n"
      "sqxtn v20.4h, v0.4s\n"
      "fcvtns v1.4s, v1.4s\n"
      "fcvtns v3.4s, v3.4s\n"
      "sqxtn v21.4h, v2.4s\n"
      "sqxtn2 v20.8h, v1.4s\n"
      "sqxtn2 v21.8h, v3.4s\n"
      "add %[y], %[y], %[y_step]\n"
      "b.ne 1b\n"
      "sqadd v20.8h, v20.8h, %[zero].8h\n"
      "sqadd v21.8h, v21.8h, %[zero].8h\n"
      "sqxtn v24.8b, v20.8h\n"
      "sqxtn2 v24.16b, v21.8h\n"
      "smax v24.16b, v24.16b, %[low].16b\n"
      "smin v24.16b, v24.16b, %[high].16b\n"
      "str q24, [%[previous]]\n"
      : [y] "+r"(y), [n] "+r"(count), [offset] "=&r"(offset), [previous] "=&r"(previous)
      : [p0] "r"(p0), [q0] "r"(p0 + dx), [r0] "r"(p0 + 2 * dx), [p1] "r"(p1), [q1] "r"(p1 + dx),
        [r1] "r"(p1 + 2 * dx), [p2] "r"(p2), [q2] "r"(p2 + dx), [r2] "r"(p2 + 2 * dx),
        [step] "r"(step), [y_step] "r"(y_step), [channels] "r"(&channels), [w00] "w"(w(0, 0)),
        [w01] "w"(w(0, 1)), [w02] "w"(w(0, 2)), [w10] "w"(w(1, 0)), [w11] "w"(w(1, 1)),
        [w12] "w"(w(1, 2)), [w20] "w"(w(2, 0)), [w21] "w"(w(2, 1)), [w22] "w"(w(2, 2)),
        [low] "w"(epilogue.low()), [high] "w"(epilogue.high()), [zero] "w"(epilogue.zero_point())
      : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v16", "v17", "v18", "v19", "v20", "v21",
        "v22", "v23", "v24", "v25", "v26", "cc", "memory");
}

struct Loops3x3 {
  template <bool kFull>
  static void run(const DepthwiseS8Args& args, int32_t c, const int8_t* packed) {
    const Weights3x3 w(packed);
    const Channels parameters = load_channels(args.bias + c, args.scale + c);
    const Epilogue<int8_t> epilogue(args);
    const Channels16<kFull> channels(args, c);
    const int64_t stride = args.stride_w, dx = args.x_step, y_step = args.y_step;
    // Outputs [first, last) have no tap in the padding.
    const int64_t outside = std::max(-args.first_column, 0);
    const auto first =
        static_cast<int32_t>(std::min<int64_t>((outside + stride - 1) / stride, args.width));
    const int32_t last = kFull ? std::max(first, outputs_within(args, args.x_columns)) : first;
    for (int32_t h = 0; h < args.height; ++h) {
      const int8_t* const* rows = args.rows + int64_t{h} * 3;
      int8_t* y = static_cast<int8_t*>(args.y[h]) + c;
      if (first < last) {
        const int64_t x = (args.first_column + first * stride) * dx + c;
        inner_3x3({{rows[0] + x, rows[1] + x, rows[2] + x}, y + first * y_step}, dx, stride * dx,
                  y_step, last - first, w, parameters, epilogue);
      }
      for (int32_t o = first > 0 ? 0 : last; o < args.width; o = o + 1 == first ? last : o + 1) {
        const int64_t column = args.first_column + o * stride;
        int32x4_t acc[4];
        EDGERT_UNROLL for (int i = 0; i < 4; ++i) acc[i] = parameters.bias[i];
        EDGERT_UNROLL for (int j = 0; j < 3; ++j) {
          int8x16_t x[3];
          channels.load(x, rows, c, column + j);
          int16x8_t t[2], u[2];
          smull(t, w(0, j), x[0]);
          smull(u, w(2, j), x[2]);
          smlal(t, w(1, j), x[1]);
          saddw(acc, u);
          saddw(acc, t);
        }
        float32x4_t q[4];
        EDGERT_UNROLL for (int i = 0; i < 4; ++i) {
          q[i] = vmulq_f32(vcvtq_f32_s32(acc[i]), parameters.scale[i]);
        }
        channels.store(y + o * y_step, epilogue.quantize(q));
      }
    }
  }
};

constexpr DepthwiseS8 kOps{16, depthwise_s8<Loops3x3, Row>, depthwise<Row, float>};
const Microkernel<DepthwiseS8> registration{Isa::kNeon, kOps};

}  // namespace
}  // namespace edgert
