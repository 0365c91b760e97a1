// conv2d_f32: float convolution. Contract: docs/kernels.md.
#include "kernels/conv/activation.h"
#include "kernels/conv/fused.h"
#include "kernels/conv/gemm_f32.h"
#include "kernels/conv/geometry.h"
#include "kernels/conv/tiles.h"
#include "runtime/kernel.h"

namespace edgert {
namespace {

struct Params {
  int32_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
  float act_min, act_max;
  int32_t groups;
  int32_t activation;
  float alpha, beta;
  int32_t fused;
};
constexpr ParamField kFields[] = {
    EDGERT_WINDOW_FIELDS(Params), EDGERT_FIELD(Params, act_min),    EDGERT_FIELD(Params, act_max),
    EDGERT_FIELD(Params, groups), EDGERT_FIELD(Params, activation), EDGERT_FIELD(Params, alpha),
    EDGERT_FIELD(Params, beta),   EDGERT_FIELD(Params, fused),
};
enum Input { kX, kWeights, kBias, kResidual };

ConvGeometry geometry_of(const Call& call) {
  const auto& params = call.parameters<Params>();
  return {*call.inputs[kX], *call.outputs[0], Window::of(params), params.groups};
}

Status prepare(Call& call) {
  const auto& params = call.parameters<Params>();
  EDGERT_RETURN_IF_ERROR(check_geometry(call, DType::kF32, Window::of(params), params.groups));
  EDGERT_CHECK(call, call.outputs[0]->dtype == DType::kF32, "y is not f32");
  EDGERT_RETURN_IF_ERROR(FloatEpilogue(params).check(call));
  const ConvGeometry geometry = geometry_of(call);
  const int64_t channels = int64_t{geometry.groups} * geometry.blocks() * kConvBlock;
  const int64_t k = geometry.taps() * geometry.x_c;
  EDGERT_RETURN_IF_ERROR(check_constant(call, kWeights, "weights", DType::kF32, channels * k));
  EDGERT_RETURN_IF_ERROR(check_constant(call, kBias, "bias", DType::kF32, channels));
  EDGERT_RETURN_IF_ERROR(check_residual(call, kResidual));

  const GemmF32& gemm = best_float_variant<GemmF32>(params.fused != 0);
  const ConvTiles tiles(geometry, gemm.mr, 1, sizeof(float), call.threads);
  call.microkernel = &gemm;
  call.tiles = tiles.count(geometry);
  call.scratch_bytes = tiles.scratch_bytes;
  EDGERT_CHECK(call, call.tiles <= Call::kMaxTiles, "y is too large");
  return Status::kOk;
}

Status run(const Call& call, int64_t begin, int64_t end, std::byte* scratch) {
  const auto& gemm = *static_cast<const GemmF32*>(call.microkernel);
  const FloatEpilogue epilogue(call.parameters<Params>());
  const ConvGeometry geometry = geometry_of(call);
  const ConvTiles tiles(geometry, gemm.mr, 1, sizeof(float), call.threads);
  const Tensor* residual = call.input(kResidual);
  ConvTileIterator<float> iterator(geometry, tiles, *call.inputs[kX], *call.outputs[0], residual,
                                   0.0f, begin, end, scratch);
  GemmF32Args args{};
  args.runs = tiles.runs;
  args.run_length = tiles.run_length;
  args.act_min = epilogue.kernel_min();
  args.act_max = epilogue.kernel_max();
  args.fused = call.parameters<Params>().fused != 0;
  const int64_t block_size = int64_t{tiles.runs} * tiles.run_length * kConvBlock;
  while (const ConvTile<float>* next = iterator.next()) {
    const ConvTile<float>& tile = *next;
    args.rows = tile.rows;
    args.pixels = tile.pixels;
    args.channels = tile.channels;
    args.weights = call.inputs[kWeights]->as<float>() + tile.first_block * block_size;
    args.bias = call.inputs[kBias]->as<float>() + tile.first_block * kConvBlock;
    args.residual = residual != nullptr ? tile.residual : nullptr;
    args.y = tile.y;
    gemm.run(args);
    epilogue.apply<float>(tile.y, tile.pixels, tile.channels);
  }
  return Status::kOk;
}

const Kernel kernel{"conv2d_f32", 1,  "x, weights, bias, residual? -> y", sizeof(Params), kFields,
                    prepare,      run};

}  // namespace
}  // namespace edgert
