// resize2d: separable interpolation with indices and weights computed by the compiler,
// docs/kernels.md.
//
// An output row is first a weighted sum of input rows, in float, then of that row's pixels. 8-bit
// types round half to even and saturate; every operation is one IEEE operation in a fixed order.
#include <algorithm>
#include <cstring>
#include <type_traits>

#include "kernels/elementwise/convert.h"
#include "kernels/multiversion.h"
#include "runtime/kernel.h"

namespace edgert {
namespace {

enum Input { kX, kIndexH, kWeightH, kIndexW, kWeightW };

// Indices and weights of one dimension, [outputs, taps].
struct Taps {
  const int32_t* index;
  const float* weight;
  int64_t outputs;
  int64_t taps;

  // Nearest neighbour: pixels are copied.
  bool copies() const {
    return taps == 1 && std::all_of(weight, weight + outputs, [](float w) { return w == 1.0f; });
  }
};

Taps taps(const Call& call, int index_input) {
  const Tensor& index = *call.inputs[index_input];
  return {index.as<int32_t>(), call.inputs[index_input + 1]->as<float>(), index.dims[0],
          index.dims[1]};
}

Status check_taps(Call& call, int index_input, int32_t outputs, int32_t inputs) {
  const Tensor& index = *call.inputs[index_input];
  const Tensor& weight = *call.inputs[index_input + 1];
  EDGERT_CHECK(call, index.dtype == DType::kS32 && weight.dtype == DType::kF32,
               "indices must be s32 and weights f32");
  EDGERT_CHECK(call, index.constant && weight.constant && index.contiguous && weight.contiguous,
               "indices and weights must be contiguous constants");
  EDGERT_CHECK(call,
               index.rank == 2 && weight.rank == 2 && index.dims[0] == outputs &&
                   weight.dims[0] == outputs && index.dims[1] == weight.dims[1] &&
                   index.dims[1] >= 1,
               "indices and weights are not [outputs, taps]");
  for (int64_t i = 0; i < index.count; ++i) {
    EDGERT_CHECK(call, index.as<int32_t>()[i] >= 0 && index.as<int32_t>()[i] < inputs,
                 "index %d is outside the input", static_cast<int>(index.as<int32_t>()[i]));
  }
  return Status::kOk;
}

Status prepare(Call& call) {
  const Tensor& x = *call.inputs[kX];
  const Tensor& y = *call.outputs[0];
  EDGERT_CHECK(call, x.dtype == y.dtype, "x and y differ in type");
  EDGERT_CHECK(call, x.dtype == DType::kF32 || x.dtype == DType::kS8 || x.dtype == DType::kU8,
               "unsupported type");
  EDGERT_CHECK(call, x.rank == 4 && y.rank == 4 && x.dims[0] == y.dims[0] && x.dims[3] == y.dims[3],
               "x and y are not images of the same batch and channels");
  EDGERT_CHECK(call, (x.strides[3] == 1 && y.strides[3] == 1) || x.dims[3] == 1,
               "channels are not contiguous");
  EDGERT_RETURN_IF_ERROR(check_taps(call, kIndexH, y.dims[1], x.dims[1]));
  EDGERT_RETURN_IF_ERROR(check_taps(call, kIndexW, y.dims[2], x.dims[2]));
  call.tiles = y.count == 0 ? 0 : int64_t{y.dims[0]} * y.dims[1];
  // A row of x, and of y where it has to be rounded.
  const int64_t pixels = int64_t{x.dims[2]} + (y.dtype == DType::kF32 ? 0 : y.dims[2]);
  call.scratch_bytes = static_cast<uint64_t>(pixels * x.dims[3]) * sizeof(float);
  return Status::kOk;
}

// y = weight * x, or y += weight * x.
template <typename T>
struct Accumulate {
  static EDGERT_INLINE void run(float* __restrict y, const T* __restrict x, int64_t n, float weight,
                                bool first) {
    if (first) {
      for (int64_t i = 0; i < n; ++i) y[i] = static_cast<float>(x[i]) * weight;
    } else {
      for (int64_t i = 0; i < n; ++i) y[i] += static_cast<float>(x[i]) * weight;
    }
  }
};

// One output row from a dense row.
struct Horizontal {
  static EDGERT_INLINE void run(float* __restrict y, int64_t y_step, const float* __restrict row,
                                const Taps& w, int64_t channels) {
    for (int64_t o = 0; o < w.outputs; ++o, y += y_step) {
      const int32_t* index = w.index + o * w.taps;
      const float* weight = w.weight + o * w.taps;
      const float* x = row + index[0] * channels;
      for (int64_t c = 0; c < channels; ++c) y[c] = x[c] * weight[0];
      for (int64_t k = 1; k < w.taps; ++k) {
        x = row + index[k] * channels;
        for (int64_t c = 0; c < channels; ++c) y[c] += x[c] * weight[k];
      }
    }
  }
};

// Half to even, saturated.
void store_row(void* y, int64_t y_step, DType dtype, const float* row, int64_t pixels,
               int64_t channels) {
  const bool is_signed = dtype == DType::kS8;
  const Requantization saturate{1.0f, is_signed ? -128.0f : 0.0f, is_signed ? 127.0f : 255.0f, 0};
  if (y_step == channels) return store(y, row, dtype, pixels * channels, saturate);
  for (int64_t o = 0; o < pixels; ++o) {
    store(static_cast<std::byte*>(y) + o * y_step, row + o * channels, dtype, channels, saturate);
  }
}

template <typename T>
void interpolate_row(const Call& call, int64_t image, int64_t output_row, float* row) {
  const Tensor& x = *call.inputs[kX];
  Tensor& y = *call.outputs[0];
  const int64_t channels = x.dims[3];
  const bool dense = x.strides[2] == channels;
  const Taps h = taps(call, kIndexH);
  for (int64_t k = 0; k < h.taps; ++k) {
    const float weight = h.weight[output_row * h.taps + k];
    const T* from =
        x.as<T>() + image * x.strides[0] + h.index[output_row * h.taps + k] * x.strides[1];
    if (dense) {
      multiversion<Accumulate<T>>(row, from, x.dims[2] * channels, weight, k == 0);
      continue;
    }
    for (int64_t w = 0; w < x.dims[2]; ++w) {
      multiversion<Accumulate<T>>(row + w * channels, from + w * x.strides[2], channels, weight,
                                  k == 0);
    }
  }
  T* to = y.as<T>() + image * y.strides[0] + output_row * y.strides[1];
  const Taps w = taps(call, kIndexW);
  if constexpr (std::is_same_v<T, float>) {
    multiversion<Horizontal>(to, y.strides[2], static_cast<const float*>(row), w, channels);
  } else {
    float* result = row + x.dims[2] * channels;
    multiversion<Horizontal>(result, channels, static_cast<const float*>(row), w, channels);
    store_row(to, y.strides[2], y.dtype, result, w.outputs, channels);
  }
}

void copy_row(const Call& call, int64_t image, int64_t output_row) {
  const Tensor& x = *call.inputs[kX];
  Tensor& y = *call.outputs[0];
  const int64_t size = static_cast<int64_t>(dtype_size(x.dtype));
  const std::byte* from =
      x.as<std::byte>() +
      (image * x.strides[0] + taps(call, kIndexH).index[output_row] * x.strides[1]) * size;
  std::byte* to = y.as<std::byte>() + (image * y.strides[0] + output_row * y.strides[1]) * size;
  const int32_t* index = taps(call, kIndexW).index;
  const size_t pixel = static_cast<size_t>(x.dims[3] * size);
  for (int64_t o = 0; o < y.dims[2]; ++o) {
    std::memcpy(to + o * y.strides[2] * size, from + index[o] * x.strides[2] * size, pixel);
  }
}

Status run(const Call& call, int64_t begin, int64_t end, std::byte* scratch) {
  const Tensor& y = *call.outputs[0];
  const bool copies = taps(call, kIndexH).copies() && taps(call, kIndexW).copies();
  float* row = reinterpret_cast<float*>(scratch);
  for (int64_t i = begin; i < end; ++i) {
    const int64_t image = i / y.dims[1];
    const int64_t output_row = i % y.dims[1];
    if (copies) {
      copy_row(call, image, output_row);
    } else if (y.dtype == DType::kS8) {
      interpolate_row<int8_t>(call, image, output_row, row);
    } else if (y.dtype == DType::kU8) {
      interpolate_row<uint8_t>(call, image, output_row, row);
    } else {
      interpolate_row<float>(call, image, output_row, row);
    }
  }
  return Status::kOk;
}

const Kernel kernel{"resize2d", 1, "x, index_h, weight_h, index_w, weight_w -> y", prepare, run};

}  // namespace
}  // namespace edgert
