// What conv2d_f32 and conv2d_f16 share: checks, tiles, and the loop over them.
//
// A kernel is a struct T with
//   Params: fields of the window, `groups`, and those of FloatEpilogue
//   Gemm, Args, Element: the microkernel family, its arguments, what it multiplies
//   kType, kWrongResult: the DType of that; the message where y has another
//   variant(params): the one of the family to use
//   set(args, params): arguments that this family alone has
#ifndef EDGERT_KERNELS_CONV_CONV2D_FLOAT_H_
#define EDGERT_KERNELS_CONV_CONV2D_FLOAT_H_

#include "kernels/conv/activation.h"
#include "kernels/conv/geometry.h"
#include "kernels/conv/tiles.h"
#include "runtime/kernel.h"

namespace edgert {

template <typename T>
class FloatConv2d {
  using Params = typename T::Params;
  using Element = typename T::Element;
  enum Input { kX, kWeights, kBias, kResidual };

 public:
  static Status prepare(Call& call) {
    const auto& params = call.parameters<Params>();
    EDGERT_RETURN_IF_ERROR(check_geometry(call, T::kType, Window::of(params), params.groups));
    EDGERT_CHECK(call, call.outputs[0]->dtype == T::kType, T::kWrongResult);
    EDGERT_RETURN_IF_ERROR(FloatEpilogue(params).check(call));
    const ConvGeometry geometry = geometry_of(call);
    const int64_t channels = int64_t{geometry.groups} * geometry.blocks() * kConvBlock;
    const int64_t k = geometry.taps() * geometry.x_c;
    EDGERT_RETURN_IF_ERROR(check_constant(call, kWeights, "weights", T::kType, channels * k));
    EDGERT_RETURN_IF_ERROR(check_constant(call, kBias, "bias", DType::kF32, channels));
    EDGERT_RETURN_IF_ERROR(check_residual(call, kResidual));

    const auto& gemm = T::variant(params);
    const ConvTiles tiles(geometry, gemm.mr, 1, sizeof(Element), call.threads);
    call.microkernel = &gemm;
    call.tiles = tiles.count(geometry);
    call.scratch_bytes = tiles.scratch_bytes;
    EDGERT_CHECK(call, call.tiles <= Call::kMaxTiles, "y is too large");
    return Status::kOk;
  }

  static Status run(const Call& call, int64_t begin, int64_t end, std::byte* scratch) {
    const auto& params = call.parameters<Params>();
    const auto& gemm = *static_cast<const typename T::Gemm*>(call.microkernel);
    const FloatEpilogue epilogue(params);
    const ConvGeometry geometry = geometry_of(call);
    const ConvTiles tiles(geometry, gemm.mr, 1, sizeof(Element), call.threads);
    const Tensor* residual = call.input(kResidual);
    ConvTileIterator<Element> iterator(geometry, tiles, *call.inputs[kX], *call.outputs[0],
                                       residual, Element{0}, begin, end, scratch);
    typename T::Args args{};
    args.runs = tiles.runs;
    args.run_length = tiles.run_length;
    args.act_min = epilogue.kernel_min();
    args.act_max = epilogue.kernel_max();
    T::set(args, params);
    const int64_t block_size = int64_t{tiles.runs} * tiles.run_length * kConvBlock;
    while (const ConvTile<Element>* next = iterator.next()) {
      const ConvTile<Element>& tile = *next;
      args.rows = tile.rows;
      args.pixels = tile.pixels;
      args.channels = tile.channels;
      args.weights = call.inputs[kWeights]->template as<Element>() + tile.first_block * block_size;
      args.bias = call.inputs[kBias]->template as<float>() + tile.first_block * kConvBlock;
      args.residual = residual != nullptr ? tile.residual : nullptr;
      args.y = tile.y;
      gemm.run(args);
      epilogue.apply<Element>(tile.y, tile.pixels, tile.channels);
    }
    return Status::kOk;
  }

 private:
  static ConvGeometry geometry_of(const Call& call) {
    const auto& params = call.parameters<Params>();
    return {*call.inputs[kX], *call.outputs[0], Window::of(params), params.groups};
  }
};

}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_CONV2D_FLOAT_H_
