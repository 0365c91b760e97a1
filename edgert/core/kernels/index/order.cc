#include "kernels/index/order.h"

#include <cstring>
#include <limits>

namespace edgert {
namespace {

template <typename T>
T load(const void* element) {
  T value;
  std::memcpy(&value, element, sizeof(T));
  return value;
}

template <typename T>
int64_t integer_key(const void* element) {
  return static_cast<int64_t>(load<T>(element));
}

int64_t u64_key(const void* element) {
  return static_cast<int64_t>(load<uint64_t>(element) ^ (uint64_t{1} << 63));
}

// Sign and magnitude, of which those above `infinity` are NaN.
template <typename Bits>
int64_t float_key(const void* element, Bits infinity) {
  constexpr Bits kSign = static_cast<Bits>(Bits{1} << (std::numeric_limits<Bits>::digits - 1));
  const Bits bits = load<Bits>(element);
  const Bits magnitude = static_cast<Bits>(bits & static_cast<Bits>(~kSign));
  if (magnitude > infinity) return INT64_MAX;
  const int64_t key = static_cast<int64_t>(magnitude);
  return (bits & kSign) != 0 ? -key : key;
}

int64_t f16_key(const void* element) { return float_key<uint16_t>(element, 0x7c00); }
int64_t f32_key(const void* element) { return float_key<uint32_t>(element, 0x7f800000); }
int64_t bf16_key(const void* element) { return float_key<uint16_t>(element, 0x7f80); }
int64_t f64_key(const void* element) { return float_key<uint64_t>(element, uint64_t{0x7ff} << 52); }

}  // namespace

ElementKey element_key(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return f32_key;
    case DType::kF16:
      return f16_key;
    case DType::kF64:
      return f64_key;
    case DType::kS8:
      return integer_key<int8_t>;
    case DType::kU8:
    case DType::kBool:
      return integer_key<uint8_t>;
    case DType::kS16:
      return integer_key<int16_t>;
    case DType::kU16:
      return integer_key<uint16_t>;
    case DType::kS32:
      return integer_key<int32_t>;
    case DType::kU32:
      return integer_key<uint32_t>;
    case DType::kS64:
      return integer_key<int64_t>;
    case DType::kU64:
      return u64_key;
    case DType::kBF16:
      return bf16_key;
    default:
      return nullptr;
  }
}

}  // namespace edgert
