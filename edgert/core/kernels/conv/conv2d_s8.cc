// conv2d_s8: int8 convolution, requantized to s8 or scaled to f32. Contract: docs/kernels.md.
#include "kernels/conv/gemm_s8.h"
#include "kernels/conv/geometry.h"
#include "kernels/conv/lut.h"
#include "kernels/conv/pixel_biases.h"
#include "kernels/conv/tiles.h"
#include "runtime/kernel.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

struct Params {
  int32_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
  float act_min, act_max;
  int32_t groups;
  int32_t x_zero_point, y_zero_point, residual_zero_point;
  float residual_scale;
  int32_t weight_terms, weight_zero_point, weight_full_range;
};
constexpr ParamField kFields[] = {
    EDGERT_WINDOW_FIELDS(Params),
    EDGERT_FIELD(Params, act_min),
    EDGERT_FIELD(Params, act_max),
    EDGERT_FIELD(Params, groups),
    EDGERT_FIELD(Params, x_zero_point),
    EDGERT_FIELD(Params, y_zero_point),
    EDGERT_FIELD(Params, residual_zero_point),
    EDGERT_FIELD(Params, residual_scale),
    EDGERT_WEIGHT_RANGE_FIELDS(Params),
};
enum Input { kX, kWeights, kBias, kScale, kWeightSum, kResidual, kLut };

ConvGeometry geometry_of(const Call& call) {
  const auto& params = call.parameters<Params>();
  return {*call.inputs[kX], *call.outputs[0], Window::of(params), params.groups};
}

Status prepare(Call& call) {
  const auto& params = call.parameters<Params>();
  EDGERT_RETURN_IF_ERROR(check_geometry(call, DType::kS8, Window::of(params), params.groups));
  EDGERT_RETURN_IF_ERROR(check_requantization(call, params.act_min, params.act_max,
                                              params.x_zero_point, params.y_zero_point,
                                              params.residual_zero_point, params.residual_scale));
  const ConvGeometry geometry = geometry_of(call);
  const int64_t channels = int64_t{geometry.groups} * geometry.blocks() * kConvBlock;
  const WeightRange range = WeightRange::of(params);
  EDGERT_RETURN_IF_ERROR(range.check(call));
  const int64_t k = (geometry.taps() * geometry.x_c + 3) / 4 * 4 * range.terms;
  EDGERT_RETURN_IF_ERROR(check_weights_s8(call, kWeights, channels * k, range.full_range));
  EDGERT_RETURN_IF_ERROR(check_constant(call, kBias, "bias", DType::kS32, channels));
  EDGERT_RETURN_IF_ERROR(check_finite(call, kScale, "scale", channels));
  EDGERT_RETURN_IF_ERROR(check_constant(call, kWeightSum, "weight_sum", DType::kS32, channels));
  EDGERT_RETURN_IF_ERROR(check_residual(call, kResidual));
  EDGERT_RETURN_IF_ERROR(check_lut(call, kLut));

  const GemmS8& gemm = Microkernel<GemmS8>::best().ops();
  const ConvTiles tiles(geometry, gemm.mr, gemm.step, sizeof(int8_t), call.threads, range.terms);
  call.microkernel = &gemm;
  call.tiles = tiles.count(geometry);
  call.scratch_bytes = tiles.scratch_bytes;
  EDGERT_CHECK(call, call.tiles <= Call::kMaxTiles, "y is too large");
  return Status::kOk;
}

Status run(const Call& call, int64_t begin, int64_t end, std::byte* scratch) {
  const auto& params = call.parameters<Params>();
  const auto& gemm = *static_cast<const GemmS8*>(call.microkernel);
  const ConvGeometry geometry = geometry_of(call);
  const WeightRange range = WeightRange::of(params);
  const ConvTiles tiles(geometry, gemm.mr, gemm.step, sizeof(int8_t), call.threads, range.terms);
  PixelBiases sums(geometry, tiles, range.zero_point);
  const Tensor* residual = call.input(kResidual);
  const Tensor* lut = call.input(kLut);
  const Lookup& lookup = Microkernel<Lookup>::best().ops();
  const bool quantized = call.outputs[0]->dtype == DType::kS8;
  ConvTileIterator<int8_t> iterator(geometry, tiles, *call.inputs[kX], *call.outputs[0], residual,
                                    static_cast<int8_t>(params.x_zero_point), begin, end, scratch);
  GemmS8Args args{};
  args.runs = tiles.runs;
  args.run_bytes = tiles.run_length;
  args.act_min = lower_bound(params.act_min);
  args.act_max = upper_bound(params.act_max);
  args.residual_scale = params.residual_scale;
  args.residual_zero_point = params.residual_zero_point;
  args.y_zero_point = params.y_zero_point;
  args.bounded = below_one(*call.inputs[kScale]);
  args.full_range = range.full_range;
  const int64_t block_bytes = int64_t{tiles.runs} * tiles.run_length * kConvBlock;
  while (const ConvTile<int8_t>* next = iterator.next()) {
    const ConvTile<int8_t>& tile = *next;
    const int64_t channel = tile.first_block * kConvBlock;
    args.rows = tile.rows;
    args.pixels = tile.pixels;
    args.channels = tile.channels;
    args.weights = call.inputs[kWeights]->as<int8_t>() + tile.first_block * block_bytes;
    args.bias = call.inputs[kBias]->as<int32_t>() + channel;
    args.weight_sum = call.inputs[kWeightSum]->as<int32_t>() + channel;
    args.scale = call.inputs[kScale]->as<float>() + channel;
    args.residual = residual != nullptr ? tile.residual : nullptr;
    args.y = tile.y;
    args.pixel_bias = sums.biases(tile);
    (quantized ? gemm.s8 : gemm.f32)(args);
    if (lut == nullptr) continue;
    apply_lut(lookup, lut->as<uint8_t>(), tile.y, tile.pixels, tile.channels);
  }
  return Status::kOk;
}

const Kernel kernel{"conv2d_s8",
                    1,
                    "x, weights, bias, scale, weight_sum, residual?, lut? -> y",
                    sizeof(Params),
                    kFields,
                    prepare,
                    run};

}  // namespace
}  // namespace edgert
