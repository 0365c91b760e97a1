// Elements in half precision (IEEE binary16), by their bits.
#ifndef EDGERT_KERNELS_HALF_H_
#define EDGERT_KERNELS_HALF_H_

#include <cstdint>
#include <cstring>

#include "kernels/elementwise/math.h"
#include "kernels/multiversion.h"

namespace edgert {

using Half = uint16_t;

// Exact. Without subnormal floats in between, which a caller may have had the CPU treat as zeros.
EDGERT_INLINE float to_float(Half x) {
#if defined(__aarch64__)
  __fp16 half;
  std::memcpy(&half, &x, sizeof(half));
  return half;
#else
  const uint32_t magnitude = x & 0x7fffu;
  const uint32_t sign = static_cast<uint32_t>(x & 0x8000u) << 16;
  const uint32_t subnormal =
      math::bits(static_cast<float>(static_cast<int32_t>(magnitude)) * 0x1p-24f);
  const uint32_t normal = (magnitude << 13) + 0x38000000u;
  const uint32_t special = (magnitude << 13) | 0x7f800000u;  // infinity, NaN
  const uint32_t finite = magnitude < 0x0400u ? subnormal : normal;
  return math::from_bits((magnitude >= 0x7c00u ? special : finite) | sign);
#endif
}

// Half to even.
EDGERT_INLINE Half to_half(float x) {
  const uint32_t u = math::bits(x) & 0x7fffffffu;
  const uint32_t sign = (math::bits(x) >> 16) & 0x8000u;
  const uint32_t normal = (u + 0x0fffu + ((u >> 13) & 1u) - 0x38000000u) >> 13;
  const uint32_t subnormal = math::bits(math::from_bits(u) + 0.5f) - math::bits(0.5f);
  const uint32_t finite = u < 0x38800000u ? subnormal : normal;
  const uint32_t overflow = u > 0x7f800000u ? 0x7e00u : 0x7c00u;
  return static_cast<Half>((u >= 0x477ff000u ? overflow : finite) | sign);
}

}  // namespace edgert

#endif  // EDGERT_KERNELS_HALF_H_
