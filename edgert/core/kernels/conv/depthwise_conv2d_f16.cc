// depthwise_conv2d_f16: one filter per channel, in halves. Contract: docs/kernels.md.
#include "kernels/conv/depthwise_conv2d_float.h"
#include "kernels/conv/depthwise_f16.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

struct Halves {
  struct Params {
    int32_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
    float act_min, act_max;
    int32_t activation;
    float alpha, beta;
  };
  using Depthwise = DepthwiseF16;
  using Args = DepthwiseF16Args;
  using Element = Half;
  static constexpr DType kType = DType::kF16;
  static constexpr const char* kWrongResult = "y is not f16";

  static const Depthwise& variant(const Params&) { return Microkernel<Depthwise>::best().ops(); }
  static void set(Args&, const Params&) {}
};
using Params = Halves::Params;
constexpr ParamField kFields[] = {
    EDGERT_WINDOW_FIELDS(Params),     EDGERT_FIELD(Params, act_min), EDGERT_FIELD(Params, act_max),
    EDGERT_FIELD(Params, activation), EDGERT_FIELD(Params, alpha),   EDGERT_FIELD(Params, beta),
};
using DepthwiseConv2d = FloatDepthwiseConv2d<Halves>;

const Kernel kernel{"depthwise_conv2d_f16", 1,       "x, weights, bias, residual? -> y",
                    sizeof(Params),         kFields, DepthwiseConv2d::prepare,
                    DepthwiseConv2d::run};

}  // namespace
}  // namespace edgert
