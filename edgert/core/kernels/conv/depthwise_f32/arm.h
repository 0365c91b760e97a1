// The loops of depthwise_f32 on ARM, for registers of 32 and 64 bits.
//
// Sums go through a window column by column, from top to bottom.
#ifndef EDGERT_KERNELS_CONV_DEPTHWISE_F32_ARM_H_
#define EDGERT_KERNELS_CONV_DEPTHWISE_F32_ARM_H_

#include <algorithm>

#include "kernels/conv/arm_f32.h"
#include "kernels/conv/depthwise_f32.h"

namespace edgert {
namespace {

constexpr int32_t kBlock = 16;  // channels of a packed block

// V vectors of channels, from one channel on, of an output row.
struct Strip {
  const DepthwiseF32Args& args;
  const float* const* rows;  // at channel 0
  int32_t channel;
  const float* weights;
  const float* residual;  // or nullptr
  float* y;

  const float* bias() const { return args.bias + channel; }
  // Column of the first tap of output `o`.
  int64_t column(int64_t o) const { return args.first_column + o * args.stride_w; }
};

// ---- any kernel: one output after the other ----

template <int V>
struct Vectors {
  static constexpr int kVectors = V;
  static EDGERT_INLINE void load(float32x4_t (&v)[V], const float* p) { load_vectors(v, p); }
  static EDGERT_INLINE void store(float* p, const float32x4_t (&v)[V]) { store_vectors(p, v); }
};

// The first N < 4 channels of a vector.
template <int N>
struct Part {
  static constexpr int kVectors = 1;
  static EDGERT_INLINE void load(float32x4_t (&v)[1], const float* p) { v[0] = load_first(p, N); }
  static EDGERT_INLINE void store(float* p, const float32x4_t (&v)[1]) { store_first(p, v[0], N); }
};

template <typename Access>
void strip_of_any(const Strip& strip) {
  constexpr int V = Access::kVectors;
  const DepthwiseF32Args& args = strip.args;
  const Clamp clamp(args);
  const int64_t row_step = int64_t{args.kernel_w} * kBlock;  // of weights
  for (int32_t o = 0; o < args.width; ++o) {
    const int64_t first = strip.column(o);
    const int64_t begin = std::max<int64_t>(0, -first);
    const int64_t end = std::min<int64_t>(args.kernel_w, args.x_columns - first);
    float32x4_t sums[V];
    load_vectors(sums, strip.bias());
    for (int64_t j = begin; j < end; ++j) {
      const float* w = strip.weights + j * kBlock;
      const int64_t offset = (first + j) * args.x_step + strip.channel;
      for (int32_t i = 0; i < args.kernel_h; ++i, w += row_step) {
        float32x4_t x[V], weights[V];
        Access::load(x, strip.rows[i] + offset);
        load_vectors(weights, w);
        EDGERT_UNROLL for (int k = 0; k < V; ++k) sums[k] = multiply_add(sums[k], x[k], weights[k]);
      }
    }
    if (strip.residual != nullptr) {
      float32x4_t residual[V];
      Access::load(residual, strip.residual + o * args.residual_step + strip.channel);
      EDGERT_UNROLL for (int k = 0; k < V; ++k) sums[k] = vaddq_f32(sums[k], residual[k]);
    }
    EDGERT_UNROLL for (int k = 0; k < V; ++k) sums[k] = clamp(sums[k]);
    Access::store(strip.y + o * args.y_step + strip.channel, sums);
  }
}

// ---- 3 x 3, without residual: every column of the image is loaded once ----

// What a strip moves through the image with.
struct Cursor {
  const float* row0;  // the next column
  const float* row1;
  const float* row2;
  float* y;  // the next output

  Cursor(const Strip& strip, int64_t column)
      : row0(strip.rows[0] + column * strip.args.x_step + strip.channel),
        row1(strip.rows[1] + column * strip.args.x_step + strip.channel),
        row2(strip.rows[2] + column * strip.args.x_step + strip.channel),
        y(strip.y + strip.channel) {}
};

// Columns of a strip of 3x3, counted from the first tap of the first output.
struct ColumnRange {
  int64_t all;
  int64_t begin, end;  // of those inside the image

  ColumnRange(const DepthwiseF32Args& args, int64_t columns)
      : all(columns),
        begin(std::clamp<int64_t>(-args.first_column, 0, columns)),
        end(std::clamp<int64_t>(args.x_columns - args.first_column, begin, columns)) {}

  bool inside(int64_t column) const { return column >= begin && column < end; }
};

template <int V>
using Weights3x3 = float32x4_t[9][V];

template <int V>
EDGERT_INLINE void load_weights(Weights3x3<V>& weights, const float* w) {
  EDGERT_UNROLL for (int i = 0; i < 9; ++i) load_vectors(weights[i], w + i * kBlock);
}

template <int V>
EDGERT_INLINE void load_and_step(float32x4_t (&x)[V], const float*& p, int64_t step) {
  load_in_order(x, p);
  p += step;
}

template <int V>
EDGERT_INLINE void multiply(float32x4_t (&sums)[V], const float32x4_t (&x)[V],
                            const float32x4_t (&weights)[V]) {
  EDGERT_UNROLL for (int k = 0; k < V; ++k) fmla(sums[k], x[k], weights[k]);
}

// Adds the next column, which is one of the taps 0 ... 2 of each of the sums.
template <int V, int... Tap, typename... Sums>
EDGERT_INLINE void add_column(const Weights3x3<V>& weights, Cursor& at, int64_t x_step,
                              Sums&... sums) {
  float32x4_t even[V], odd[V];
  load_and_step(even, at.row0, x_step);
  load_and_step(odd, at.row1, x_step);
  (multiply(sums, even, weights[Tap]), ...);
  load_and_step(even, at.row2, x_step);
  (multiply(sums, odd, weights[3 + Tap]), ...);
  (multiply(sums, even, weights[6 + Tap]), ...);
}

template <int V>
EDGERT_INLINE void store_output(const Clamp& clamp, float32x4_t (&sums)[V], Cursor& at,
                                int64_t y_step) {
  EDGERT_UNROLL for (int k = 0; k < V; ++k) sums[k] = clamp(sums[k]);
  store_vectors(at.y, sums);
  at.y += y_step;
}

template <int V>
EDGERT_INLINE void copy(float32x4_t (&to)[V], const float32x4_t (&from)[V]) {
  EDGERT_UNROLL for (int k = 0; k < V; ++k) to[k] = from[k];
}

template <int V>
void strip_of_3x3(const Strip& strip) {
  const DepthwiseF32Args& args = strip.args;
  const int64_t x_step = args.x_step, y_step = args.y_step;
  const float* const bias = strip.bias();
  const Clamp clamp(args);
  const ColumnRange columns(args, int64_t{args.width} + 2);
  Weights3x3<V> weights;
  load_weights<V>(weights, strip.weights);
  float32x4_t a[V], b[V], c[V];  // outputs column - 2, column - 1 and column
  int64_t column = columns.begin;
  Cursor at(strip, args.first_column + column);
  load_vectors(a, bias);
  load_vectors(b, bias);
  for (int64_t padding = 2; padding < column; ++padding) {
    load_vectors(c, bias);
    store_output(clamp, c, at, y_step);
  }
  for (; column < std::min<int64_t>(2, columns.end); ++column) {
    load_vectors(c, bias);
    add_column<V, 2, 1, 0>(weights, at, x_step, a, b, c);
    copy(a, b);
    copy(b, c);
  }
  for (; column + 3 <= columns.end; column += 3) {
    load_vectors(c, bias);
    add_column<V, 2, 1, 0>(weights, at, x_step, a, b, c);
    store_output(clamp, a, at, y_step);
    load_vectors(a, bias);
    add_column<V, 2, 1, 0>(weights, at, x_step, b, c, a);
    store_output(clamp, b, at, y_step);
    load_vectors(b, bias);
    add_column<V, 2, 1, 0>(weights, at, x_step, c, a, b);
    store_output(clamp, c, at, y_step);
  }
  for (; column < columns.all; ++column) {
    load_vectors(c, bias);
    if (column < columns.end) add_column<V, 2, 1, 0>(weights, at, x_step, a, b, c);
    if (column >= 2) store_output(clamp, a, at, y_step);
    copy(a, b);
    copy(b, c);
  }
}
template <int V>
void strip_of_3x3_stride_2(const Strip& strip) {
  const DepthwiseF32Args& args = strip.args;
  const int64_t x_step = args.x_step, y_step = args.y_step;
  const float* const bias = strip.bias();
  const Clamp clamp(args);
  const ColumnRange columns(args, 2 * int64_t{args.width} + 1);
  Weights3x3<V> weights;
  load_weights<V>(weights, strip.weights);
  float32x4_t a[V], b[V];  // the output whose taps 1 and 2 are next, and the one behind it
  Cursor at(strip, args.first_column + columns.begin);
  load_vectors(a, bias);
  if (columns.inside(0)) add_column<V, 0>(weights, at, x_step, a);
  int64_t column = 1;
  while (column < columns.all) {
    for (; column >= columns.begin && column + 4 <= columns.end; column += 4) {
      add_column<V, 1>(weights, at, x_step, a);
      load_vectors(b, bias);
      add_column<V, 2, 0>(weights, at, x_step, a, b);
      store_output(clamp, a, at, y_step);
      add_column<V, 1>(weights, at, x_step, b);
      load_vectors(a, bias);
      add_column<V, 2, 0>(weights, at, x_step, b, a);
      store_output(clamp, b, at, y_step);
    }
    if (column == columns.all) break;
    if (columns.inside(column)) add_column<V, 1>(weights, at, x_step, a);
    load_vectors(b, bias);
    if (columns.inside(column + 1)) add_column<V, 2, 0>(weights, at, x_step, a, b);
    store_output(clamp, a, at, y_step);
    copy(a, b);
    column += 2;
  }
}

// ---- all channels of all rows ----

using StripFunction = void (*)(const Strip&);

// The last one is there always, others may be nullptr.
struct Functions {
  StripFunction four_vectors, two_vectors, one_vector;
};

constexpr StripFunction kParts[] = {strip_of_any<Part<1>>, strip_of_any<Part<2>>,
                                    strip_of_any<Part<3>>};

// functions_for(args) are those for its kernel and strides.
template <Functions (*functions_for)(const DepthwiseF32Args&)>
void depthwise(const DepthwiseF32Args& args) {
  const Functions functions = functions_for(args);
  const int64_t block = int64_t{args.kernel_h} * args.kernel_w * kBlock;
  for (int32_t h = 0; h < args.height; ++h) {
    Strip strip{args,    args.rows + int64_t{h} * args.kernel_h, 0, args.weights,
                nullptr, static_cast<float*>(args.y[h])};
    if (args.residual != nullptr) strip.residual = static_cast<const float*>(args.residual[h]);
    for (int32_t c = 0; c < args.channels;) {
      const int32_t n = args.channels - c;
      const int32_t step = n >= 16 && functions.four_vectors != nullptr ? 16
                           : n >= 8 && functions.two_vectors != nullptr ? 8
                                                                        : std::min(n, 4);
      strip.channel = c;
      strip.weights = args.weights + c / kBlock * block + c % kBlock;
      (step == 16  ? functions.four_vectors
       : step == 8 ? functions.two_vectors
       : step == 4 ? functions.one_vector
                   : kParts[step - 1])(strip);
      c += step;
    }
  }
}

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_DEPTHWISE_F32_ARM_H_
