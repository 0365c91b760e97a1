// cast: between any two element types, docs/kernels.md. Exact where both types can hold the value;
// `elementwise` converts faster, but through float or among few types only.
#include <cmath>
#include <limits>
#include <type_traits>

#include "kernels/elementwise/convert.h"
#include "kernels/elementwise/iteration.h"
#include "kernels/elementwise/strided.h"
#include "runtime/kernel.h"

namespace edgert {
namespace {

constexpr int64_t kTileElements = 512;

// On its way an element is a double or an int64; uint64 is its bits.
constexpr bool is_floating(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kF64;
}

struct Buffers {
  int64_t raw[kTileElements];
  float single[kTileElements];
  union {
    double floating[kTileElements];
    int64_t integer[kTileElements];
  };
};

template <typename From, typename To>
void convert_all(To* y, const void* x, int64_t n) {
  const From* from = static_cast<const From*>(x);
  for (int64_t i = 0; i < n; ++i) y[i] = static_cast<To>(from[i]);
}

template <typename From, typename To>
void truncate(To* y, const From* x, int64_t n) {
  constexpr double kEnd = std::is_unsigned_v<To> ? 2.0 * (std::numeric_limits<To>::max() / 2 + 1)
                                                 : -1.0 * std::numeric_limits<To>::min();
  constexpr double kStart = static_cast<double>(std::numeric_limits<To>::min());
  for (int64_t i = 0; i < n; ++i) {
    const double v = std::trunc(x[i]);
    y[i] = v != v       ? To{0}
           : v >= kEnd  ? std::numeric_limits<To>::max()
           : v < kStart ? std::numeric_limits<To>::min()
                        : static_cast<To>(v);
  }
}

void widen(Buffers& b, DType dtype, int64_t n) {
  switch (dtype) {
    case DType::kF64:
      return convert_all<double>(b.floating, b.raw, n);
    case DType::kF32:
      return convert_all<float>(b.floating, b.raw, n);
    case DType::kF16:
      load(b.single, b.raw, dtype, n, {1.0f, 0.0f});
      return convert_all<float>(b.floating, b.single, n);
    case DType::kS8:
      return convert_all<int8_t>(b.integer, b.raw, n);
    case DType::kU8:
      return convert_all<uint8_t>(b.integer, b.raw, n);
    case DType::kS16:
      return convert_all<int16_t>(b.integer, b.raw, n);
    case DType::kU16:
      return convert_all<uint16_t>(b.integer, b.raw, n);
    case DType::kS32:
      return convert_all<int32_t>(b.integer, b.raw, n);
    case DType::kU32:
      return convert_all<uint32_t>(b.integer, b.raw, n);
    case DType::kBool:
      return convert_all<bool>(b.integer, b.raw, n);
    default:
      return convert_all<int64_t>(b.integer, b.raw, n);
  }
}

void narrow_floating(Buffers& b, DType dtype, int64_t n) {
  switch (dtype) {
    case DType::kF64:
      return convert_all<double>(reinterpret_cast<double*>(b.raw), b.floating, n);
    case DType::kF16:
      convert_all<double>(b.single, b.floating, n);
      return store(b.raw, b.single, dtype, n, {});
    case DType::kS8:
      return truncate(reinterpret_cast<int8_t*>(b.raw), b.floating, n);
    case DType::kU8:
      return truncate(reinterpret_cast<uint8_t*>(b.raw), b.floating, n);
    case DType::kS16:
      return truncate(reinterpret_cast<int16_t*>(b.raw), b.floating, n);
    case DType::kU16:
      return truncate(reinterpret_cast<uint16_t*>(b.raw), b.floating, n);
    case DType::kS32:
      return truncate(reinterpret_cast<int32_t*>(b.raw), b.floating, n);
    case DType::kU32:
      return truncate(reinterpret_cast<uint32_t*>(b.raw), b.floating, n);
    case DType::kS64:
      return truncate(b.raw, b.floating, n);
    case DType::kU64:
      return truncate(reinterpret_cast<uint64_t*>(b.raw), b.floating, n);
    case DType::kBool:
      return convert_all<double>(reinterpret_cast<bool*>(b.raw), b.floating, n);
    case DType::kF32:
      return convert_all<double>(reinterpret_cast<float*>(b.raw), b.floating, n);
  }
}

// Integer is int64_t, or uint64_t where that is what the bits mean.
template <typename Integer>
void narrow_integer(Buffers& b, DType dtype, int64_t n) {
  switch (dtype) {
    case DType::kF64:
      return convert_all<Integer>(reinterpret_cast<double*>(b.raw), b.integer, n);
    case DType::kF32:
      return convert_all<Integer>(reinterpret_cast<float*>(b.raw), b.integer, n);
    case DType::kF16:
      convert_all<Integer>(b.single, b.integer, n);
      return store(b.raw, b.single, dtype, n, {});
    case DType::kBool:
      return convert_all<Integer>(reinterpret_cast<bool*>(b.raw), b.integer, n);
    case DType::kS8:
    case DType::kU8:
      return convert_all<Integer>(reinterpret_cast<uint8_t*>(b.raw), b.integer, n);
    case DType::kS16:
    case DType::kU16:
      return convert_all<Integer>(reinterpret_cast<uint16_t*>(b.raw), b.integer, n);
    case DType::kS32:
    case DType::kU32:
      return convert_all<Integer>(reinterpret_cast<uint32_t*>(b.raw), b.integer, n);
    case DType::kS64:
    case DType::kU64:
      return convert_all<Integer>(b.raw, b.integer, n);
  }
}

Iteration iteration_of(const Call& call) {
  const Tensor* operands[] = {call.outputs[0], call.inputs[0]};
  return Iteration(operands, 2, kTileElements);
}

Status prepare(Call& call) {
  EDGERT_CHECK(call, call.input_count == 1 && call.output_count == 1 && call.input(0) != nullptr,
               "needs one input and one output");
  EDGERT_CHECK(call, broadcastable(*call.inputs[0], *call.outputs[0]),
               "input does not broadcast to the output");
  EDGERT_CHECK(call, !call.outputs[0]->constant, "the output is a constant");
  call.tiles = iteration_of(call).tiles();
  call.scratch_bytes = sizeof(Buffers);
  return Status::kOk;
}

Status run(const Call& call, int64_t begin, int64_t end, std::byte* scratch) {
  const Tensor& x = *call.inputs[0];
  Tensor& y = *call.outputs[0];
  const auto x_size = static_cast<int64_t>(dtype_size(x.dtype));
  const auto y_size = static_cast<int64_t>(dtype_size(y.dtype));
  Buffers& buffers = *reinterpret_cast<Buffers*>(scratch);
  const Iteration iteration = iteration_of(call);
  for (int64_t i = begin; i < end; ++i) {
    const Iteration::Tile tile = iteration.tile(i);
    const TileView view = iteration.view(tile, 0);
    const int64_t n = view.count();
    gather_tile(buffers.raw, x.as<std::byte>() + tile.offsets[1] * x_size, iteration.view(tile, 1),
                dtype_size(x.dtype));
    widen(buffers, x.dtype, n);
    if (is_floating(x.dtype)) {
      narrow_floating(buffers, y.dtype, n);
    } else if (x.dtype == DType::kU64) {
      narrow_integer<uint64_t>(buffers, y.dtype, n);
    } else {
      narrow_integer<int64_t>(buffers, y.dtype, n);
    }
    scatter_tile(y.as<std::byte>() + tile.offsets[0] * y_size, buffers.raw, view,
                 dtype_size(y.dtype));
  }
  return Status::kOk;
}

const Kernel kernel{"cast", 1, prepare, run};

}  // namespace
}  // namespace edgert
