// What depthwise_conv2d_f32 and depthwise_conv2d_f16 share: checks, tiles, and the loop over them.
//
// A kernel is a struct T as in conv2d_float.h, without `groups`; Depthwise is its family.
#ifndef EDGERT_KERNELS_CONV_DEPTHWISE_CONV2D_FLOAT_H_
#define EDGERT_KERNELS_CONV_DEPTHWISE_CONV2D_FLOAT_H_

#include "kernels/conv/activation.h"
#include "kernels/conv/depthwise.h"
#include "runtime/kernel.h"

namespace edgert {

template <typename T>
class FloatDepthwiseConv2d {
  using Params = typename T::Params;
  using Args = typename T::Args;
  using Element = typename T::Element;
  enum Input { kX, kWeights, kBias, kResidual };

 public:
  static Status prepare(Call& call) {
    const auto& params = call.parameters<Params>();
    const Window window = Window::of(params);
    EDGERT_RETURN_IF_ERROR(check_depthwise(call, T::kType, window));
    EDGERT_CHECK(call, call.outputs[0]->dtype == T::kType, T::kWrongResult);
    EDGERT_RETURN_IF_ERROR(FloatEpilogue(params).check(call));
    const ConvGeometry geometry = depthwise_geometry(call, window);
    const int64_t channels = int64_t{geometry.blocks()} * kConvBlock;
    EDGERT_RETURN_IF_ERROR(
        check_constant(call, kWeights, "weights", T::kType, channels * geometry.taps()));
    EDGERT_RETURN_IF_ERROR(check_constant(call, kBias, "bias", DType::kF32, channels));
    EDGERT_RETURN_IF_ERROR(check_residual(call, kResidual));

    const auto& depthwise = T::variant(params);
    const DepthwiseTiles tiles(geometry, depthwise.channel_block, sizeof(Element), call.threads);
    call.microkernel = &depthwise;
    call.tiles = tiles.count(geometry);
    call.scratch_bytes = tiles.scratch_bytes;
    EDGERT_CHECK(call, call.tiles <= Call::kMaxTiles, "y is too large");
    return Status::kOk;
  }

  static Status run(const Call& call, int64_t begin, int64_t end, std::byte* scratch) {
    const auto& params = call.parameters<Params>();
    const auto& depthwise = *static_cast<const typename T::Depthwise*>(call.microkernel);
    const FloatEpilogue epilogue(params);
    const ConvGeometry geometry = depthwise_geometry(call, Window::of(params));
    const DepthwiseTiles tiles(geometry, depthwise.channel_block, sizeof(Element), call.threads);
    const auto* weights = call.inputs[kWeights]->template as<Element>();
    const auto* bias = call.inputs[kBias]->template as<float>();

    Args common{};
    common.act_min = epilogue.kernel_min();
    common.act_max = epilogue.kernel_max();
    T::set(common, params);
    for_each_depthwise_tile(geometry, tiles, *call.inputs[kX], *call.outputs[0],
                            call.input(kResidual), Element{0}, begin, end, scratch, common,
                            [&](Args& args, int32_t channel) {
                              args.weights = weights + channel * geometry.taps();
                              args.bias = bias + channel;
                              depthwise.run(args);
                              apply_to_rows(epilogue, args);
                            });
    return Status::kOk;
  }

 private:
  static void apply_to_rows(const FloatEpilogue& epilogue, const Args& args) {
    if (epilogue.in_kernel()) return;
    for (int32_t h = 0; h < args.height; ++h) {
      auto* y = static_cast<Element*>(args.y[h]);
      for (int32_t o = 0; o < args.width; ++o) epilogue.apply(y + o * args.y_step, args.channels);
    }
  }
};

}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_DEPTHWISE_CONV2D_FLOAT_H_
