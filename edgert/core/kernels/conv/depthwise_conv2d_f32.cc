// depthwise_conv2d_f32: one float filter per channel. Contract: docs/kernels.md.
#include "kernels/conv/depthwise_conv2d_float.h"
#include "kernels/conv/depthwise_f32.h"
#include "kernels/conv/fused.h"

namespace edgert {
namespace {

struct Floats {
  struct Params {
    int32_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
    float act_min, act_max;
    int32_t activation;
    float alpha, beta;
    int32_t fused;
  };
  using Depthwise = DepthwiseF32;
  using Args = DepthwiseF32Args;
  using Element = float;
  static constexpr DType kType = DType::kF32;
  static constexpr const char* kWrongResult = "y is not f32";

  static const Depthwise& variant(const Params& params) {
    return best_float_variant<Depthwise>(params.fused != 0);
  }
  static void set(Args& args, const Params& params) { args.fused = params.fused != 0; }
};
using Params = Floats::Params;
constexpr ParamField kFields[] = {
    EDGERT_WINDOW_FIELDS(Params),     EDGERT_FIELD(Params, act_min), EDGERT_FIELD(Params, act_max),
    EDGERT_FIELD(Params, activation), EDGERT_FIELD(Params, alpha),   EDGERT_FIELD(Params, beta),
    EDGERT_FIELD(Params, fused),
};
using DepthwiseConv2d = FloatDepthwiseConv2d<Floats>;

const Kernel kernel{"depthwise_conv2d_f32", 1,       "x, weights, bias, residual? -> y",
                    sizeof(Params),         kFields, DepthwiseConv2d::prepare,
                    DepthwiseConv2d::run};

}  // namespace
}  // namespace edgert
