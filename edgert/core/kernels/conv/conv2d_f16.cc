// conv2d_f16: convolution in halves. Contract: docs/kernels.md.
#include "kernels/conv/activation.h"
#include "kernels/conv/gemm_f16.h"
#include "kernels/conv/geometry.h"
#include "kernels/conv/tiles.h"
#include "runtime/kernel.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

struct Params {
  int32_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
  float act_min, act_max;
  int32_t groups;
  int32_t activation;
  float alpha, beta;
};
constexpr ParamField kFields[] = {
    EDGERT_WINDOW_FIELDS(Params), EDGERT_FIELD(Params, act_min),    EDGERT_FIELD(Params, act_max),
    EDGERT_FIELD(Params, groups), EDGERT_FIELD(Params, activation), EDGERT_FIELD(Params, alpha),
    EDGERT_FIELD(Params, beta),
};
enum Input { kX, kWeights, kBias, kResidual };

ConvGeometry geometry_of(const Call& call) {
  const auto& params = call.parameters<Params>();
  return {*call.inputs[kX], *call.outputs[0], Window::of(params), params.groups};
}

Status prepare(Call& call) {
  const auto& params = call.parameters<Params>();
  EDGERT_RETURN_IF_ERROR(check_geometry(call, DType::kF16, Window::of(params), params.groups));
  EDGERT_CHECK(call, call.outputs[0]->dtype == DType::kF16, "y is not f16");
  EDGERT_RETURN_IF_ERROR(FloatEpilogue(params).check(call));
  const ConvGeometry geometry = geometry_of(call);
  const int64_t channels = int64_t{geometry.groups} * geometry.blocks() * kConvBlock;
  const int64_t k = geometry.taps() * geometry.x_c;
  EDGERT_RETURN_IF_ERROR(check_constant(call, kWeights, "weights", DType::kF16, channels * k));
  EDGERT_RETURN_IF_ERROR(check_constant(call, kBias, "bias", DType::kF32, channels));
  EDGERT_RETURN_IF_ERROR(check_residual(call, kResidual));

  const GemmF16& gemm = Microkernel<GemmF16>::best().ops();
  const ConvTiles tiles(geometry, gemm.mr, 1, sizeof(Half), call.threads);
  call.microkernel = &gemm;
  call.tiles = tiles.count(geometry);
  call.scratch_bytes = tiles.scratch_bytes;
  EDGERT_CHECK(call, call.tiles <= Call::kMaxTiles, "y is too large");
  return Status::kOk;
}

Status run(const Call& call, int64_t begin, int64_t end, std::byte* scratch) {
  const auto& gemm = *static_cast<const GemmF16*>(call.microkernel);
  const FloatEpilogue epilogue(call.parameters<Params>());
  const ConvGeometry geometry = geometry_of(call);
  const ConvTiles tiles(geometry, gemm.mr, 1, sizeof(Half), call.threads);
  const Tensor* residual = call.input(kResidual);
  ConvTileIterator<Half> iterator(geometry, tiles, *call.inputs[kX], *call.outputs[0], residual,
                                  Half{0}, begin, end, scratch);
  GemmF16Args args{};
  args.runs = tiles.runs;
  args.run_length = tiles.run_length;
  args.act_min = epilogue.kernel_min();
  args.act_max = epilogue.kernel_max();
  const int64_t block_size = int64_t{tiles.runs} * tiles.run_length * kConvBlock;
  while (const ConvTile<Half>* next = iterator.next()) {
    const ConvTile<Half>& tile = *next;
    args.rows = tile.rows;
    args.pixels = tile.pixels;
    args.channels = tile.channels;
    args.weights = call.inputs[kWeights]->as<Half>() + tile.first_block * block_size;
    args.bias = call.inputs[kBias]->as<float>() + tile.first_block * kConvBlock;
    args.residual = residual != nullptr ? tile.residual : nullptr;
    args.y = tile.y;
    gemm.run(args);
    epilogue.apply<Half>(tile.y, tile.pixels, tile.channels);
  }
  return Status::kOk;
}

const Kernel kernel{"conv2d_f16", 1,  "x, weights, bias, residual? -> y", sizeof(Params), kFields,
                    prepare,      run};

}  // namespace
}  // namespace edgert
