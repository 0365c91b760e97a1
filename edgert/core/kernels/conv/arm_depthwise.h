// Depthwise convolutions of floats and of halves on ARM. Sums go through a window column by column,
// from top to bottom.
//
// A type of elements is a struct T with
//   Element, Vector, Args; kLanes, elements of a vector
//   bias(from, to): 16 floats as elements, in `to` or where they are
//   functions(args): those for a kernel and its strides
// and the functions of arm_f32.h for its vectors, which are included before.
#ifndef EDGERT_KERNELS_CONV_ARM_DEPTHWISE_H_
#define EDGERT_KERNELS_CONV_ARM_DEPTHWISE_H_

#include <algorithm>
#include <utility>

#include "kernels/conv/unroll.h"
#include "kernels/multiversion.h"

namespace edgert {
namespace {

constexpr int32_t kBlock = 16;  // channels of a packed block

// V vectors of channels, from one channel on, of an output row.
template <typename T>
struct Strip {
  using Element = typename T::Element;

  const typename T::Args& args;
  const Element* const* rows;  // at channel 0
  int32_t channel;
  const Element* weights;
  const Element* bias;
  const Element* residual;  // or nullptr
  Element* y;

  // Column of the first tap of output `o`.
  int64_t column(int64_t o) const { return args.first_column + o * args.stride_w; }
};

// ---- any kernel: one output after the other ----

template <typename T, int V>
struct Vectors {
  using Element = typename T::Element;
  using Vector = typename T::Vector;
  static constexpr int kVectors = V;
  static EDGERT_INLINE void load(Vector (&v)[V], const Element* p) { load_vectors(v, p); }
  static EDGERT_INLINE void store(Element* p, const Vector (&v)[V]) { store_vectors(p, v); }
};

// The first N channels of a vector, fewer than it has.
template <typename T, int N>
struct Part {
  using Element = typename T::Element;
  using Vector = typename T::Vector;
  static constexpr int kVectors = 1;
  static EDGERT_INLINE void load(Vector (&v)[1], const Element* p) { v[0] = load_first(p, N); }
  static EDGERT_INLINE void store(Element* p, const Vector (&v)[1]) { store_first(p, v[0], N); }
};

template <typename T, typename Access>
void strip_of_any(const Strip<T>& strip) {
  using Element = typename T::Element;
  using Vector = typename T::Vector;
  constexpr int V = Access::kVectors;
  const auto& args = strip.args;
  const Clamp clamp(args);
  const int64_t row_step = int64_t{args.kernel_w} * kBlock;  // of weights
  for (int32_t o = 0; o < args.width; ++o) {
    const int64_t first = strip.column(o);
    const int64_t begin = std::max<int64_t>(0, -first);
    const int64_t end = std::min<int64_t>(args.kernel_w, args.x_columns - first);
    Vector sums[V];
    load_vectors(sums, strip.bias);
    for (int64_t j = begin; j < end; ++j) {
      const Element* w = strip.weights + j * kBlock;
      const int64_t offset = (first + j) * args.x_step + strip.channel;
      for (int32_t i = 0; i < args.kernel_h; ++i, w += row_step) {
        Vector x[V], weights[V];
        Access::load(x, strip.rows[i] + offset);
        load_vectors(weights, w);
        EDGERT_UNROLL for (int k = 0; k < V; ++k) sums[k] = multiply_add(sums[k], x[k], weights[k]);
      }
    }
    if (strip.residual != nullptr) {
      Vector residual[V];
      Access::load(residual, strip.residual + o * args.residual_step + strip.channel);
      EDGERT_UNROLL for (int k = 0; k < V; ++k) sums[k] = add(sums[k], residual[k]);
    }
    EDGERT_UNROLL for (int k = 0; k < V; ++k) sums[k] = clamp(sums[k]);
    Access::store(strip.y + o * args.y_step + strip.channel, sums);
  }
}

// ---- 3 x 3, without residual: every column of the image is loaded once ----

// What a strip moves through the image with.
template <typename T>
struct Cursor {
  using Element = typename T::Element;

  const Element* row0;  // the next column
  const Element* row1;
  const Element* row2;
  Element* y;  // the next output

  Cursor(const Strip<T>& strip, int64_t column)
      : row0(strip.rows[0] + column * strip.args.x_step + strip.channel),
        row1(strip.rows[1] + column * strip.args.x_step + strip.channel),
        row2(strip.rows[2] + column * strip.args.x_step + strip.channel),
        y(strip.y + strip.channel) {}
};

// Columns of a strip of 3x3, counted from the first tap of the first output.
struct ColumnRange {
  int64_t all;
  int64_t begin, end;  // of those inside the image

  template <typename Args>
  ColumnRange(const Args& args, int64_t columns)
      : all(columns),
        begin(std::clamp<int64_t>(-args.first_column, 0, columns)),
        end(std::clamp<int64_t>(args.x_columns - args.first_column, begin, columns)) {}

  bool inside(int64_t column) const { return column >= begin && column < end; }
};

template <typename T, int V>
using Weights3x3 = typename T::Vector[9][V];

template <typename T, int V>
EDGERT_INLINE void load_weights(Weights3x3<T, V>& weights, const typename T::Element* w) {
  EDGERT_UNROLL for (int i = 0; i < 9; ++i) load_vectors(weights[i], w + i * kBlock);
}

template <typename Vector, typename Element, int V>
EDGERT_INLINE void load_and_step(Vector (&x)[V], const Element*& p, int64_t step) {
  load_in_order(x, p);
  p += step;
}

template <typename Vector, int V>
EDGERT_INLINE void multiply(Vector (&sums)[V], const Vector (&x)[V], const Vector (&weights)[V]) {
  EDGERT_UNROLL for (int k = 0; k < V; ++k) fmla(sums[k], x[k], weights[k]);
}

// Adds the next column, which is one of the taps 0 ... 2 of each of the sums.
template <typename T, int V, int... Tap, typename... Sums>
EDGERT_INLINE void add_column(const Weights3x3<T, V>& weights, Cursor<T>& at, int64_t x_step,
                              Sums&... sums) {
  typename T::Vector even[V], odd[V];
  load_and_step(even, at.row0, x_step);
  load_and_step(odd, at.row1, x_step);
  (multiply(sums, even, weights[Tap]), ...);
  load_and_step(even, at.row2, x_step);
  (multiply(sums, odd, weights[3 + Tap]), ...);
  (multiply(sums, even, weights[6 + Tap]), ...);
}

template <typename T, typename Vector, int V>
EDGERT_INLINE void store_output(const Clamp& clamp, Vector (&sums)[V], Cursor<T>& at,
                                int64_t y_step) {
  EDGERT_UNROLL for (int k = 0; k < V; ++k) sums[k] = clamp(sums[k]);
  store_vectors(at.y, sums);
  at.y += y_step;
}

template <typename Vector, int V>
EDGERT_INLINE void copy(Vector (&to)[V], const Vector (&from)[V]) {
  EDGERT_UNROLL for (int k = 0; k < V; ++k) to[k] = from[k];
}

template <typename T, int V>
void strip_of_3x3(const Strip<T>& strip) {
  const auto& args = strip.args;
  const int64_t x_step = args.x_step, y_step = args.y_step;
  const typename T::Element* const bias = strip.bias;
  const Clamp clamp(args);
  const ColumnRange columns(args, int64_t{args.width} + 2);
  Weights3x3<T, V> weights;
  load_weights<T, V>(weights, strip.weights);
  typename T::Vector a[V], b[V], c[V];  // outputs column - 2, column - 1 and column
  int64_t column = columns.begin;
  Cursor<T> at(strip, args.first_column + column);
  load_vectors(a, bias);
  load_vectors(b, bias);
  for (int64_t padding = 2; padding < column; ++padding) {
    load_vectors(c, bias);
    store_output(clamp, c, at, y_step);
  }
  for (; column < std::min<int64_t>(2, columns.end); ++column) {
    load_vectors(c, bias);
    add_column<T, V, 2, 1, 0>(weights, at, x_step, a, b, c);
    copy(a, b);
    copy(b, c);
  }
  for (; column + 3 <= columns.end; column += 3) {
    load_vectors(c, bias);
    add_column<T, V, 2, 1, 0>(weights, at, x_step, a, b, c);
    store_output(clamp, a, at, y_step);
    load_vectors(a, bias);
    add_column<T, V, 2, 1, 0>(weights, at, x_step, b, c, a);
    store_output(clamp, b, at, y_step);
    load_vectors(b, bias);
    add_column<T, V, 2, 1, 0>(weights, at, x_step, c, a, b);
    store_output(clamp, c, at, y_step);
  }
  for (; column < columns.all; ++column) {
    load_vectors(c, bias);
    if (column < columns.end) add_column<T, V, 2, 1, 0>(weights, at, x_step, a, b, c);
    if (column >= 2) store_output(clamp, a, at, y_step);
    copy(a, b);
    copy(b, c);
  }
}

template <typename T, int V>
void strip_of_3x3_stride_2(const Strip<T>& strip) {
  const auto& args = strip.args;
  const int64_t x_step = args.x_step, y_step = args.y_step;
  const typename T::Element* const bias = strip.bias;
  const Clamp clamp(args);
  const ColumnRange columns(args, 2 * int64_t{args.width} + 1);
  Weights3x3<T, V> weights;
  load_weights<T, V>(weights, strip.weights);
  typename T::Vector a[V], b[V];  // the output whose taps 1 and 2 are next, and the one behind it
  Cursor<T> at(strip, args.first_column + columns.begin);
  load_vectors(a, bias);
  if (columns.inside(0)) add_column<T, V, 0>(weights, at, x_step, a);
  int64_t column = 1;
  while (column < columns.all) {
    for (; column >= columns.begin && column + 4 <= columns.end; column += 4) {
      add_column<T, V, 1>(weights, at, x_step, a);
      load_vectors(b, bias);
      add_column<T, V, 2, 0>(weights, at, x_step, a, b);
      store_output(clamp, a, at, y_step);
      add_column<T, V, 1>(weights, at, x_step, b);
      load_vectors(a, bias);
      add_column<T, V, 2, 0>(weights, at, x_step, b, a);
      store_output(clamp, b, at, y_step);
    }
    if (column == columns.all) break;
    if (columns.inside(column)) add_column<T, V, 1>(weights, at, x_step, a);
    load_vectors(b, bias);
    if (columns.inside(column + 1)) add_column<T, V, 2, 0>(weights, at, x_step, a, b);
    store_output(clamp, a, at, y_step);
    copy(a, b);
    column += 2;
  }
}

// ---- all channels of all rows ----

// The last one is there always, others may be nullptr.
template <typename T>
struct Functions {
  using Function = void (*)(const Strip<T>&);

  Function four_vectors, two_vectors, one_vector;  // a block has not more than 16 channels
};

// For any kernel ...
template <typename T>
Functions<T> functions_of_any() {
  typename Functions<T>::Function four = nullptr;
  if constexpr (4 * T::kLanes <= kBlock) four = strip_of_any<T, Vectors<T, 4>>;
  return {four, strip_of_any<T, Vectors<T, 2>>, strip_of_any<T, Vectors<T, 1>>};
}

// ... and where the weights of two vectors of 3 x 3 taps have room in registers.
template <typename T>
Functions<T> functions_of_pairs(const typename T::Args& args) {
  const bool is_3x3 = args.kernel_h == 3 && args.kernel_w == 3 && args.residual == nullptr;
  if (is_3x3 && args.stride_w == 1) return {nullptr, strip_of_3x3<T, 2>, strip_of_3x3<T, 1>};
  if (is_3x3 && args.stride_w == 2) {
    return {nullptr, strip_of_3x3_stride_2<T, 2>, strip_of_3x3_stride_2<T, 1>};
  }
  return functions_of_any<T>();
}

template <typename T, int... N>
constexpr typename Functions<T>::Function part_of(int32_t n, std::integer_sequence<int, N...>) {
  constexpr typename Functions<T>::Function kParts[] = {strip_of_any<T, Part<T, N + 1>>...};
  return kParts[n - 1];
}

template <typename T>
typename Functions<T>::Function function_of(const Functions<T>& functions, int32_t channels) {
  switch (channels / T::kLanes) {
    case 4:
      return functions.four_vectors;
    case 2:
      return functions.two_vectors;
    case 1:
      return functions.one_vector;
    default:
      return part_of<T>(channels, std::make_integer_sequence<int, T::kLanes - 1>());
  }
}

template <typename T>
void depthwise(const typename T::Args& args) {
  using Element = typename T::Element;
  constexpr int32_t kLanes = T::kLanes;
  const Functions<T> functions = T::functions(args);
  const int64_t block = int64_t{args.kernel_h} * args.kernel_w * kBlock;
  for (int32_t h = 0; h < args.height; ++h) {
    const Element* const* rows = args.rows + int64_t{h} * args.kernel_h;
    const auto* residual =
        args.residual != nullptr ? static_cast<const Element*>(args.residual[h]) : nullptr;
    for (int32_t c = 0; c < args.channels;) {
      const int32_t n = args.channels - c;
      const int32_t step = n >= 4 * kLanes && functions.four_vectors != nullptr ? 4 * kLanes
                           : n >= 2 * kLanes && functions.two_vectors != nullptr
                               ? 2 * kLanes
                               : std::min(n, kLanes);
      Element narrowed[kBlock];
      const Element* bias = T::bias(args.bias + c / kBlock * kBlock, narrowed) + c % kBlock;
      const Element* weights = args.weights + c / kBlock * block + c % kBlock;
      function_of(functions,
                  step)({args, rows, c, weights, bias, residual, static_cast<Element*>(args.y[h])});
      c += step;
    }
  }
}

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_ARM_DEPTHWISE_H_
