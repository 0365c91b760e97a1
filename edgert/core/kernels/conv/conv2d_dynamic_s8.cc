// conv2d_dynamic_s8: int8 convolution of activations whose scale and zero point are known at run
// time only; float output. Contract: docs/kernels.md.
#include <algorithm>

#include "kernels/conv/activation.h"
#include "kernels/conv/gemm_s8.h"
#include "kernels/conv/geometry.h"
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
  int32_t activation;
  float alpha, beta;
  int32_t weight_terms, weight_zero_point, weight_full_range;
};
constexpr ParamField kFields[] = {
    EDGERT_WINDOW_FIELDS(Params), EDGERT_FIELD(Params, act_min),      EDGERT_FIELD(Params, act_max),
    EDGERT_FIELD(Params, groups), EDGERT_FIELD(Params, activation),   EDGERT_FIELD(Params, alpha),
    EDGERT_FIELD(Params, beta),   EDGERT_WEIGHT_RANGE_FIELDS(Params),
};
enum Input { kX, kWeights, kBias, kScale, kWeightSum, kResidual, kXQuantization };

ConvGeometry geometry_of(const Call& call) {
  const auto& params = call.parameters<Params>();
  return {*call.inputs[kX], *call.outputs[0], Window::of(params), params.groups};
}

// Per-channel vectors of one chunk for this run's quantization of x, in scratch behind the tiles'.
class ChunkVectors {
 public:
  static uint64_t bytes(const ConvTiles& tiles) { return 2 * sizeof(float) * length(tiles); }

  ChunkVectors(const Call& call, const ConvTiles& tiles, float x_scale, int32_t x_zero_point,
               std::byte* memory)
      : weight_sum_(call.inputs[kWeightSum]->as<int32_t>()),
        channel_scale_(call.inputs[kScale]->as<float>()),
        x_scale_(x_scale),
        x_zero_point_(x_zero_point),
        bias_(reinterpret_cast<int32_t*>(memory)),
        scale_(reinterpret_cast<float*>(memory) + length(tiles)) {}

  void compute(const ConvTile<int8_t>& tile) {
    if (tile.first_block == first_block_) return;
    first_block_ = tile.first_block;
    const int64_t channel = tile.first_block * kConvBlock;
    for (int32_t c = 0; c < (tile.channels + kConvBlock - 1) / kConvBlock * kConvBlock; ++c) {
      bias_[c] = static_cast<int32_t>(static_cast<uint32_t>(-x_zero_point_) *
                                      static_cast<uint32_t>(weight_sum_[channel + c]));
      scale_[c] = x_scale_ * channel_scale_[channel + c];
    }
  }

  const int32_t* bias() const { return bias_; }
  const float* scale() const { return scale_; }

 private:
  static uint64_t length(const ConvTiles& tiles) {
    return static_cast<uint64_t>(tiles.chunk_blocks) * kConvBlock;
  }

  const int32_t* weight_sum_;
  const float* channel_scale_;
  float x_scale_;
  int32_t x_zero_point_;
  int32_t* bias_;
  float* scale_;
  int64_t first_block_ = -1;
};

Status prepare(Call& call) {
  const auto& params = call.parameters<Params>();
  EDGERT_RETURN_IF_ERROR(check_geometry(call, DType::kS8, Window::of(params), params.groups));
  EDGERT_CHECK(call, call.outputs[0]->dtype == DType::kF32, "y is not f32");
  EDGERT_RETURN_IF_ERROR(FloatEpilogue(params).check(call));
  const ConvGeometry geometry = geometry_of(call);
  const int64_t channels = int64_t{geometry.groups} * geometry.blocks() * kConvBlock;
  const WeightRange range = WeightRange::of(params);
  EDGERT_RETURN_IF_ERROR(range.check(call));
  const int64_t k = (geometry.taps() * geometry.x_c + 3) / 4 * 4 * range.terms;
  EDGERT_RETURN_IF_ERROR(check_weights_s8(call, kWeights, channels * k, range.full_range));
  EDGERT_RETURN_IF_ERROR(check_constant(call, kBias, "bias", DType::kF32, channels));
  EDGERT_RETURN_IF_ERROR(check_finite(call, kScale, "scale", channels));
  EDGERT_RETURN_IF_ERROR(check_constant(call, kWeightSum, "weight_sum", DType::kS32, channels));
  EDGERT_RETURN_IF_ERROR(check_residual(call, kResidual));
  const Tensor& quantization = *call.inputs[kXQuantization];
  EDGERT_CHECK(
      call, quantization.dtype == DType::kF32 && quantization.count == 2 && quantization.contiguous,
      "x_quantization is not f32[2]");

  const GemmS8& gemm = Microkernel<GemmS8>::best().ops();
  const ConvTiles tiles(geometry, gemm.mr, gemm.step, sizeof(int8_t), call.threads, range.terms);
  call.microkernel = &gemm;
  call.tiles = tiles.count(geometry);
  call.scratch_bytes = tiles.scratch_bytes + ChunkVectors::bytes(tiles);
  EDGERT_CHECK(call, call.tiles <= Call::kMaxTiles, "y is too large");
  return Status::kOk;
}

Status run(const Call& call, int64_t begin, int64_t end, std::byte* scratch) {
  const auto& gemm = *static_cast<const GemmS8*>(call.microkernel);
  const auto& params = call.parameters<Params>();
  const FloatEpilogue epilogue(params);
  const ConvGeometry geometry = geometry_of(call);
  const WeightRange range = WeightRange::of(params);
  const ConvTiles tiles(geometry, gemm.mr, gemm.step, sizeof(int8_t), call.threads, range.terms);
  const Tensor* residual = call.input(kResidual);
  const float* quantization = call.inputs[kXQuantization]->as<float>();
  // Written so that NaN converts too.
  const float zero_point = quantization[1] > -128.0f ? std::min(quantization[1], 127.0f) : -128.0f;
  const auto x_zero_point = static_cast<int32_t>(zero_point);
  PixelBiases sums(geometry, tiles, range.zero_point, x_zero_point);
  ChunkVectors vectors(call, tiles, quantization[0], x_zero_point, scratch + tiles.scratch_bytes);
  ConvTileIterator<int8_t> iterator(geometry, tiles, *call.inputs[kX], *call.outputs[0], residual,
                                    static_cast<int8_t>(x_zero_point), begin, end, scratch);
  GemmS8Args args{};
  args.runs = tiles.runs;
  args.run_bytes = tiles.run_length;
  args.act_min = epilogue.kernel_min();
  args.act_max = epilogue.kernel_max();
  args.full_range = range.full_range;
  const int64_t block_bytes = int64_t{tiles.runs} * tiles.run_length * kConvBlock;
  while (const ConvTile<int8_t>* next = iterator.next()) {
    const ConvTile<int8_t>& tile = *next;
    const int64_t channel = tile.first_block * kConvBlock;
    vectors.compute(tile);
    args.rows = tile.rows;
    args.pixels = tile.pixels;
    args.channels = tile.channels;
    args.weights = call.inputs[kWeights]->as<int8_t>() + tile.first_block * block_bytes;
    args.bias = vectors.bias();
    args.weight_sum = call.inputs[kWeightSum]->as<int32_t>() + channel;
    args.scale = vectors.scale();
    args.post_bias = call.inputs[kBias]->as<float>() + channel;
    args.residual = residual != nullptr ? tile.residual : nullptr;
    args.y = tile.y;
    args.pixel_bias = sums.biases(tile);
    gemm.f32(args);
    epilogue.apply<float>(tile.y, tile.pixels, tile.channels);
  }
  return Status::kOk;
}

const Kernel kernel{"conv2d_dynamic_s8",
                    1,
                    "x, weights, bias, scale, weight_sum, residual?, x_quantization -> y",
                    sizeof(Params),
                    kFields,
                    prepare,
                    run};

}  // namespace
}  // namespace edgert
