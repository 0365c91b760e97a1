// depthwise_conv2d_s8: one filter per channel, requantized to s8 or scaled to f32. Contract:
// docs/kernels.md.
#include <algorithm>
#include <cstring>

#include "kernels/conv/depthwise.h"
#include "kernels/conv/depthwise_s8.h"
#include "kernels/conv/lut.h"
#include "runtime/kernel.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

struct Params {
  int32_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
  float act_min, act_max;
  int32_t x_zero_point, y_zero_point, residual_zero_point;
  float residual_scale;
  int32_t weight_terms;  // 0: one
};
constexpr ParamField kFields[] = {
    EDGERT_WINDOW_FIELDS(Params),         EDGERT_FIELD(Params, act_min),
    EDGERT_FIELD(Params, act_max),        EDGERT_FIELD(Params, x_zero_point),
    EDGERT_FIELD(Params, y_zero_point),   EDGERT_FIELD(Params, residual_zero_point),
    EDGERT_FIELD(Params, residual_scale), EDGERT_FIELD(Params, weight_terms),
};
enum Input { kX, kWeights, kBias, kScale, kWeightSum, kResidual, kLut };

int32_t terms_of(const Params& params) { return std::max(params.weight_terms, 1); }

// Packed bytes of one channel.
int64_t channel_bytes(const ConvGeometry& geometry, int32_t terms) {
  const int64_t rows = int64_t{geometry.window.kernel_h} * terms;
  return geometry.window.kernel_w * ((rows + 3) / 4 * 4);
}

// Of each channel one weight at most may be -128: two products of -128 and -128 do not fit into 16
// bits, in which variants add products of a channel in pairs.
Status check_weights(const Call& call, int64_t blocks, int64_t bytes) {
  EDGERT_RETURN_IF_ERROR(check_weights_s8(call, kWeights, blocks * kConvBlock * bytes, true));
  const int8_t* block = call.inputs[kWeights]->as<int8_t>();
  for (int64_t b = 0; b < blocks; ++b, block += kConvBlock * bytes) {
    if (std::memchr(block, -128, static_cast<size_t>(kConvBlock * bytes)) == nullptr) continue;
    int64_t lowest[kConvBlock] = {};
    for (int64_t i = 0; i < kConvBlock * bytes; ++i) lowest[i / 4 % kConvBlock] += block[i] == -128;
    EDGERT_CHECK(call, *std::max_element(lowest, lowest + kConvBlock) <= 1,
                 "two weights of a channel are -128");
  }
  return Status::kOk;
}

Status prepare(Call& call) {
  const auto& params = call.parameters<Params>();
  const Window window = Window::of(params);
  EDGERT_RETURN_IF_ERROR(check_depthwise(call, DType::kS8, window));
  EDGERT_RETURN_IF_ERROR(check_requantization(call, params.act_min, params.act_max,
                                              params.x_zero_point, params.y_zero_point,
                                              params.residual_zero_point, params.residual_scale));
  const ConvGeometry geometry = depthwise_geometry(call, window);
  const int64_t channels = int64_t{geometry.blocks()} * kConvBlock;
  const int32_t terms = terms_of(params);
  const WeightRange range{terms, 0, false};
  EDGERT_RETURN_IF_ERROR(range.check(call));
  EDGERT_RETURN_IF_ERROR(check_weights(call, geometry.blocks(), channel_bytes(geometry, terms)));
  EDGERT_RETURN_IF_ERROR(check_constant(call, kBias, "bias", DType::kS32, channels));
  EDGERT_RETURN_IF_ERROR(check_finite(call, kScale, "scale", channels));
  EDGERT_RETURN_IF_ERROR(check_constant(call, kWeightSum, "weight_sum", DType::kS32, channels));
  EDGERT_RETURN_IF_ERROR(check_residual(call, kResidual));
  EDGERT_RETURN_IF_ERROR(check_lut(call, kLut));

  const DepthwiseS8& depthwise = Microkernel<DepthwiseS8>::best().ops();
  const DepthwiseTiles tiles(geometry, depthwise.channel_block, sizeof(int8_t), call.threads,
                             terms);
  call.microkernel = &depthwise;
  call.tiles = tiles.count(geometry);
  call.scratch_bytes = tiles.scratch_bytes;
  EDGERT_CHECK(call, call.tiles <= Call::kMaxTiles, "y is too large");
  return Status::kOk;
}

Status run(const Call& call, int64_t begin, int64_t end, std::byte* scratch) {
  const auto& params = call.parameters<Params>();
  const auto& depthwise = *static_cast<const DepthwiseS8*>(call.microkernel);
  const ConvGeometry geometry = depthwise_geometry(call, Window::of(params));
  const int32_t terms = terms_of(params);
  const DepthwiseTiles tiles(geometry, depthwise.channel_block, sizeof(int8_t), call.threads,
                             terms);
  const int64_t bytes = channel_bytes(geometry, terms);
  const Tensor* lut = call.input(kLut);
  const Lookup& lookup = Microkernel<Lookup>::best().ops();
  const auto compute = call.outputs[0]->dtype == DType::kS8 ? depthwise.s8 : depthwise.f32;
  const int8_t* weights = call.inputs[kWeights]->as<int8_t>();
  const int32_t* bias = call.inputs[kBias]->as<int32_t>();
  const int32_t* weight_sum = call.inputs[kWeightSum]->as<int32_t>();
  const float* scale = call.inputs[kScale]->as<float>();

  DepthwiseS8Args common{};
  common.act_min = lower_bound(params.act_min);
  common.act_max = upper_bound(params.act_max);
  common.residual_scale = params.residual_scale;
  common.residual_zero_point = params.residual_zero_point;
  common.y_zero_point = params.y_zero_point;
  common.bounded = below_one(*call.inputs[kScale]);
  for_each_depthwise_tile(geometry, tiles, *call.inputs[kX], *call.outputs[0],
                          call.input(kResidual), static_cast<int8_t>(params.x_zero_point), begin,
                          end, scratch, common, [&](DepthwiseS8Args& args, int32_t channel) {
                            args.weights = weights + channel * bytes;
                            args.bias = bias + channel;
                            args.weight_sum = weight_sum + channel;
                            args.scale = scale + channel;
                            compute(args);
                            if (lut == nullptr) return;
                            for (int32_t h = 0; h < args.height; ++h) {
                              apply_lut(lookup, lut->as<uint8_t>(),
                                        static_cast<uint8_t*>(args.y[h]), args.y_step, args.width,
                                        args.channels);
                            }
                          });
  return Status::kOk;
}

const Kernel kernel{"depthwise_conv2d_s8",
                    1,
                    "x, weights, bias, scale, weight_sum, residual?, lut? -> y",
                    sizeof(Params),
                    kFields,
                    prepare,
                    run};

}  // namespace
}  // namespace edgert
