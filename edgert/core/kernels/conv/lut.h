// The optional 256-byte table of conv2d_s8 and depthwise_conv2d_s8.
#ifndef EDGERT_KERNELS_CONV_LUT_H_
#define EDGERT_KERNELS_CONV_LUT_H_

#include <cstdint>

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

// y = lut[uint8(y)] for n consecutive bytes.
inline void apply_lut(const uint8_t* lut, uint8_t* y, int64_t n) {
  int64_t i = 0;
  for (; i + 4 <= n; i += 4) {  // loads before stores: the compiler cannot know that lut is not y
    const uint8_t y0 = lut[y[i]], y1 = lut[y[i + 1]], y2 = lut[y[i + 2]], y3 = lut[y[i + 3]];
    y[i] = y0;
    y[i + 1] = y1;
    y[i + 2] = y2;
    y[i + 3] = y3;
  }
  for (; i < n; ++i) y[i] = lut[y[i]];
}

}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_LUT_H_
