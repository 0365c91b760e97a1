// depthwise_conv2d_f16: one filter per channel, in halves. Contract: docs/kernels.md.
#include "kernels/conv/activation.h"
#include "kernels/conv/depthwise.h"
#include "kernels/conv/depthwise_f16.h"
#include "runtime/kernel.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

struct Params {
  int32_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
  float act_min, act_max;
  int32_t activation;
  float alpha, beta;
};
constexpr ParamField kFields[] = {
    EDGERT_WINDOW_FIELDS(Params),     EDGERT_FIELD(Params, act_min), EDGERT_FIELD(Params, act_max),
    EDGERT_FIELD(Params, activation), EDGERT_FIELD(Params, alpha),   EDGERT_FIELD(Params, beta),
};
enum Input { kX, kWeights, kBias, kResidual };

Status prepare(Call& call) {
  const auto& params = call.parameters<Params>();
  const Window window = Window::of(params);
  EDGERT_RETURN_IF_ERROR(check_depthwise(call, DType::kF16, window));
  EDGERT_CHECK(call, call.outputs[0]->dtype == DType::kF16, "y is not f16");
  EDGERT_RETURN_IF_ERROR(FloatEpilogue(params).check(call));
  const ConvGeometry geometry = depthwise_geometry(call, window);
  const int64_t channels = int64_t{geometry.blocks()} * kConvBlock;
  EDGERT_RETURN_IF_ERROR(
      check_constant(call, kWeights, "weights", DType::kF16, channels * geometry.taps()));
  EDGERT_RETURN_IF_ERROR(check_constant(call, kBias, "bias", DType::kF32, channels));
  EDGERT_RETURN_IF_ERROR(check_residual(call, kResidual));

  const DepthwiseF16& depthwise = Microkernel<DepthwiseF16>::best().ops();
  const DepthwiseTiles tiles(geometry, depthwise.channel_block, sizeof(Half), call.threads);
  call.microkernel = &depthwise;
  call.tiles = tiles.count(geometry);
  call.scratch_bytes = tiles.scratch_bytes;
  EDGERT_CHECK(call, call.tiles <= Call::kMaxTiles, "y is too large");
  return Status::kOk;
}

void apply_to_rows(const FloatEpilogue& epilogue, const DepthwiseF16Args& args) {
  if (epilogue.in_kernel()) return;
  for (int32_t h = 0; h < args.height; ++h) {
    Half* y = static_cast<Half*>(args.y[h]);
    for (int32_t o = 0; o < args.width; ++o) epilogue.apply(y + o * args.y_step, args.channels);
  }
}

Status run(const Call& call, int64_t begin, int64_t end, std::byte* scratch) {
  const auto& params = call.parameters<Params>();
  const auto& depthwise = *static_cast<const DepthwiseF16*>(call.microkernel);
  const FloatEpilogue epilogue(params);
  const ConvGeometry geometry = depthwise_geometry(call, Window::of(params));
  const DepthwiseTiles tiles(geometry, depthwise.channel_block, sizeof(Half), call.threads);
  const Half* weights = call.inputs[kWeights]->as<Half>();
  const float* bias = call.inputs[kBias]->as<float>();

  DepthwiseF16Args common{};
  common.act_min = epilogue.kernel_min();
  common.act_max = epilogue.kernel_max();
  for_each_depthwise_tile(geometry, tiles, *call.inputs[kX], *call.outputs[0],
                          call.input(kResidual), Half{0}, begin, end, scratch, common,
                          [&](DepthwiseF16Args& args, int32_t channel) {
                            args.weights = weights + channel * geometry.taps();
                            args.bias = bias + channel;
                            depthwise.run(args);
                            apply_to_rows(epilogue, args);
                          });
  return Status::kOk;
}

const Kernel kernel{"depthwise_conv2d_f16",
                    1,
                    "x, weights, bias, residual? -> y",
                    sizeof(Params),
                    kFields,
                    prepare,
                    run};

}  // namespace
}  // namespace edgert
