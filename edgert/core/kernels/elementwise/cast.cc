// cast: between any two element types, docs/kernels.md. Exact where both types can hold the value;
// `elementwise` converts faster, but through float or among few types only.
#include <cmath>
#include <limits>
#include <type_traits>

#include "kernels/elementwise/convert.h"
#include "kernels/elementwise/iteration.h"
#include "kernels/elementwise/minifloat.h"
#include "kernels/elementwise/strided.h"
#include "runtime/kernel.h"

namespace edgert {
namespace {

constexpr int64_t kTileElements = 512;

// On its way an element is a double or an int64; uint64 is its bits.
bool is_floating(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16 ||
         dtype == DType::kF64 || minifloat(dtype) != nullptr;
}

// What does not fit into floats of 8 and 4 bits; other types ignore it.
struct Params {
  int32_t overflow;  // 0: saturates, 1: becomes infinity or NaN
  int32_t rounding;  // MinifloatRounding::Direction
};
constexpr ParamField kFields[] = {EDGERT_FIELD(Params, overflow), EDGERT_FIELD(Params, rounding)};

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

// A byte that is neither 0 nor 1 is no bool in C++, but may be in a tensor.
void load_truth(Buffers& b, int64_t n) {
  const uint8_t* from = reinterpret_cast<const uint8_t*>(b.raw);
  for (int64_t i = 0; i < n; ++i) b.integer[i] = from[i] != 0;
}

// Sign-extended from, or cut to, the lowest bits.
template <int kBits>
void load_bits(Buffers& b, int64_t n, bool has_sign) {
  const uint8_t* from = reinterpret_cast<const uint8_t*>(b.raw);
  for (int64_t i = 0; i < n; ++i) {
    const int64_t value = from[i] & ((1 << kBits) - 1);
    b.integer[i] = has_sign && value >> (kBits - 1) != 0 ? value - (1 << kBits) : value;
  }
}

// `from` may be where the bytes go.
template <int kBits>
void store_bits(Buffers& b, const int64_t* from, int64_t n) {
  uint8_t* to = reinterpret_cast<uint8_t*>(b.raw);
  for (int64_t i = 0; i < n; ++i) to[i] = static_cast<uint8_t>(from[i] & ((1 << kBits) - 1));
}

void load_minifloats(Buffers& b, DType dtype, int64_t n) {
  const uint8_t* from = reinterpret_cast<const uint8_t*>(b.raw);
  for (int64_t i = 0; i < n; ++i) b.floating[i] = decode(*minifloat(dtype), from[i]);
}

void store_minifloats(Buffers& b, DType dtype, int64_t n, const Params& p) {
  uint8_t* to = reinterpret_cast<uint8_t*>(b.raw);
  for (int64_t i = 0; i < n; ++i) {
    to[i] = encode(*minifloat(dtype), b.floating[i], {p.rounding, p.overflow == 0});
  }
}

void widen(Buffers& b, DType dtype, int64_t n) {
  if (minifloat(dtype) != nullptr) return load_minifloats(b, dtype, n);
  switch (dtype) {
    case DType::kS4:
    case DType::kU4:
      return load_bits<4>(b, n, dtype == DType::kS4);
    case DType::kS2:
    case DType::kU2:
      return load_bits<2>(b, n, dtype == DType::kS2);
    case DType::kF64:
      return convert_all<double>(b.floating, b.raw, n);
    case DType::kF32:
      return convert_all<float>(b.floating, b.raw, n);
    case DType::kF16:
    case DType::kBF16:
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
      return load_truth(b, n);
    default:
      return convert_all<int64_t>(b.integer, b.raw, n);
  }
}

// To integers of few bits; false: the type is none of these.
bool narrow_bits(Buffers& b, const int64_t* from, DType dtype, int64_t n) {
  if (dtype == DType::kS4 || dtype == DType::kU4) return store_bits<4>(b, from, n), true;
  if (dtype == DType::kS2 || dtype == DType::kU2) return store_bits<2>(b, from, n), true;
  return false;
}

void narrow_floating(Buffers& b, DType dtype, int64_t n, const Params& p) {
  if (minifloat(dtype) != nullptr) return store_minifloats(b, dtype, n, p);
  switch (dtype) {
    case DType::kF64:
      return convert_all<double>(reinterpret_cast<double*>(b.raw), b.floating, n);
    case DType::kF16:
    case DType::kBF16:
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
    default:
      truncate(b.raw, b.floating, n);
      narrow_bits(b, b.raw, dtype, n);
  }
}

// Integer is int64_t, or uint64_t where that is what the bits mean.
template <typename Integer>
void narrow_integer(Buffers& b, DType dtype, int64_t n, const Params& p) {
  if (narrow_bits(b, b.integer, dtype, n)) return;
  if (minifloat(dtype) != nullptr) {
    convert_all<Integer>(b.floating, b.integer, n);
    return store_minifloats(b, dtype, n, p);
  }
  switch (dtype) {
    case DType::kF64:
      return convert_all<Integer>(reinterpret_cast<double*>(b.raw), b.integer, n);
    case DType::kF32:
      return convert_all<Integer>(reinterpret_cast<float*>(b.raw), b.integer, n);
    case DType::kF16:
    case DType::kBF16:
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
    default:
      return convert_all<Integer>(b.raw, b.integer, n);
  }
}

Iteration iteration_of(const Call& call) {
  const Tensor* operands[] = {call.outputs[0], call.inputs[0]};
  return Iteration(operands, 2, kTileElements);
}

Status prepare(Call& call) {
  EDGERT_CHECK(call, broadcastable(*call.inputs[0], *call.outputs[0]),
               "input does not broadcast to the output");
  EDGERT_CHECK(call, !call.outputs[0]->constant, "the output is a constant");
  const Params& p = call.parameters<Params>();
  EDGERT_CHECK(call, p.overflow == 0 || p.overflow == 1, "overflow is neither 0 nor 1");
  EDGERT_CHECK(call,
               p.rounding >= MinifloatRounding::kNearest && p.rounding <= MinifloatRounding::kDown,
               "rounding is unknown");
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
  const Params& p = call.parameters<Params>();
  const Iteration iteration = iteration_of(call);
  for (int64_t i = begin; i < end; ++i) {
    const Iteration::Tile tile = iteration.tile(i);
    const TileView view = iteration.view(tile, 0);
    const int64_t n = view.count();
    gather_tile(buffers.raw, x.as<std::byte>() + tile.offsets[1] * x_size, iteration.view(tile, 1),
                dtype_size(x.dtype));
    widen(buffers, x.dtype, n);
    if (is_floating(x.dtype)) {
      narrow_floating(buffers, y.dtype, n, p);
    } else if (x.dtype == DType::kU64) {
      narrow_integer<uint64_t>(buffers, y.dtype, n, p);
    } else {
      narrow_integer<int64_t>(buffers, y.dtype, n, p);
    }
    scatter_tile(y.as<std::byte>() + tile.offsets[0] * y_size, buffers.raw, view,
                 dtype_size(y.dtype));
  }
  return Status::kOk;
}

const Kernel kernel{"cast", 1, "x -> y", sizeof(Params), kFields, prepare, run};

}  // namespace
}  // namespace edgert
