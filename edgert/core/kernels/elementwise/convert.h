// Conversions between the element types in memory and the registers of elementwise calls.
#ifndef EDGERT_KERNELS_ELEMENTWISE_CONVERT_H_
#define EDGERT_KERNELS_ELEMENTWISE_CONVERT_H_

#include <cstdint>

#include "runtime/tensor.h"

namespace edgert {

// 8-bit values stand for (q - zero_point) * scale; other types for themselves.
struct Dequantization {
  float scale;
  float zero_point;
};

// As docs/kernels.md, Requantization: q = round(clamp(x * scale, min, max)) + zero_point. The
// bounds keep the result inside the type; NaN becomes min.
struct Requantization {
  float scale;
  float min;
  float max;
  int32_t zero_point;
};

// Types that float registers can be loaded from and stored to.
constexpr bool is_float_register_type(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kS8 || dtype == DType::kU8 ||
         dtype == DType::kF16 || dtype == DType::kBF16 || dtype == DType::kS32 ||
         dtype == DType::kS64 || dtype == DType::kBool;
}
// Likewise integer registers.
constexpr bool is_integer_register_type(DType dtype) {
  return dtype == DType::kS32 || dtype == DType::kS64 || dtype == DType::kBool;
}
// Likewise double registers.
constexpr bool is_double_register_type(DType dtype) {
  return dtype == DType::kF64 || dtype == DType::kF32 || is_integer_register_type(dtype);
}
constexpr bool is_quantized_type(DType dtype) { return dtype == DType::kS8 || dtype == DType::kU8; }

// Contiguous conversions of exactly n elements. To integers: toward zero, saturating, NaN is 0.
// To bool: whether not 0.
void load(float* y, const void* x, DType dtype, int64_t n, const Dequantization& dequantization);
void store(void* y, const float* x, DType dtype, int64_t n, const Requantization& requantization);

// Between integers: modulo 2^bits; to bool: whether not 0.
void load(int64_t* y, const void* x, DType dtype, int64_t n, const Dequantization& unused);
void store(void* y, const int64_t* x, DType dtype, int64_t n, const Requantization& unused);

// As floats.
void load(double* y, const void* x, DType dtype, int64_t n, const Dequantization& unused);
void store(void* y, const double* x, DType dtype, int64_t n, const Requantization& unused);

}  // namespace edgert

#endif  // EDGERT_KERNELS_ELEMENTWISE_CONVERT_H_
