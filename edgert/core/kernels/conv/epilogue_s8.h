// The epilogue of gemm_s8.h and depthwise_s8.h for one value: the definition that every vector
// variant reproduces bit for bit, and what they use for leftover channels.
//
// Everything is in an anonymous namespace, because files of different instruction sets include it.
#ifndef EDGERT_KERNELS_CONV_EPILOGUE_S8_H_
#define EDGERT_KERNELS_CONV_EPILOGUE_S8_H_

#include <cmath>
#include <cstdint>

namespace edgert {
namespace {

// For int8 outputs.
inline float clamp_activation(float t, float low, float high) {
  t = t > low ? t : low;  // NaN becomes `low`
  return t < high ? t : high;
}

// `t` is within +-512, so the conversion is defined. The rounding mode is the default one.
inline int8_t quantize_s8(float t, int32_t zero_point) {
  const int32_t q = static_cast<int32_t>(std::nearbyintf(t)) + zero_point;
  return static_cast<int8_t>(q < -128 ? -128 : q > 127 ? 127 : q);
}

// The steps after the products. Args is GemmS8Args or DepthwiseS8Args; `residual` may be nullptr.
template <typename Args>
inline void store_output(const Args& args, float t, const int8_t* residual, int8_t* y) {
  if (residual != nullptr) {
    t += static_cast<float>(*residual - args.residual_zero_point) * args.residual_scale;
  }
  *y = quantize_s8(clamp_activation(t, args.act_min, args.act_max), args.y_zero_point);
}
template <typename Args>
inline void store_output(const Args& args, float t, const float* residual, float* y) {
  if (residual != nullptr) t += *residual;
  t = t < args.act_min ? args.act_min : t;  // NaN passes
  *y = t > args.act_max ? args.act_max : t;
}

}  // namespace
}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_EPILOGUE_S8_H_
