// The optional 256-byte table of conv2d_s8 and depthwise_conv2d_s8.
#ifndef EDGERT_KERNELS_CONV_LUT_H_
#define EDGERT_KERNELS_CONV_LUT_H_

#include <cstdint>

#include "kernels/elementwise/lookup.h"
#include "runtime/kernel.h"

namespace edgert {

// The table, where it is given: u8[256], and y is s8.
inline Status check_lut(const Call& call, int input) {
  const Tensor* lut = call.input(input);
  if (lut == nullptr) return Status::kOk;
  EDGERT_CHECK(call, lut->dtype == DType::kU8 && lut->count == 256 && lut->contiguous,
               "lut is not 256 contiguous u8");
  EDGERT_CHECK(call, call.outputs[0]->dtype == DType::kS8, "lut needs s8 outputs");
  return Status::kOk;
}

// y = lut[uint8(y)] for n channels of each pixel. Pixels that touch are looked up as one.
inline void apply_lut(const Lookup& lookup, const uint8_t* lut, void* const* pixels, int32_t count,
                      int64_t n) {
  for (int32_t first = 0, next; first < count; first = next) {
    uint8_t* y = static_cast<uint8_t*>(pixels[first]);
    uint8_t* end = y + n;
    for (next = first + 1; next < count && pixels[next] == end; ++next) end += n;
    lookup.run(lut, y, y, end - y);
  }
}

// The same for `count` pixels that are `step` bytes apart.
inline void apply_lut(const Lookup& lookup, const uint8_t* lut, uint8_t* y, int64_t step,
                      int64_t count, int64_t n) {
  if (step == n) return lookup.run(lut, y, y, count * n);
  for (int64_t i = 0; i < count; ++i, y += step) lookup.run(lut, y, y, n);
}

}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_LUT_H_
