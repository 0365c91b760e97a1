// lookup_s8: y = table[uint8(x)] on elements of one byte, docs/kernels.md.
#include <algorithm>

#include "kernels/elementwise/iteration.h"
#include "kernels/elementwise/lookup.h"
#include "kernels/elementwise/strided.h"
#include "runtime/kernel.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

constexpr int64_t kTileElements = 8192;

Iteration iteration(const Call& call) {
  const Tensor* operands[] = {call.outputs[0], call.inputs[0]};
  return {operands, 2, kTileElements};
}

Status prepare(Call& call) {
  const Tensor& x = *call.inputs[0];
  const Tensor& table = *call.inputs[1];
  const Tensor& y = *call.outputs[0];
  EDGERT_CHECK(call, dtype_size(x.dtype) == 1 && dtype_size(y.dtype) == 1,
               "elements are not bytes");
  EDGERT_CHECK(call, broadcastable(x, y), "x does not broadcast to y");
  EDGERT_CHECK(call, dtype_size(table.dtype) == 1 && table.count == 256 && table.contiguous,
               "the table is not 256 contiguous bytes");
  call.tiles = iteration(call).tiles();
  call.scratch_bytes = 2 * kTileElements;
  return Status::kOk;
}

Status run(const Call& call, int64_t begin, int64_t end, std::byte* scratch) {
  const Iteration tiles = iteration(call);
  const uint8_t* table = call.inputs[1]->as<uint8_t>();
  const Lookup& lookup = Microkernel<Lookup>::best().ops();
  uint8_t* gathered = reinterpret_cast<uint8_t*>(scratch);
  uint8_t* result = gathered + kTileElements;
  for (int64_t i = begin; i < end; ++i) {
    const Iteration::Tile tile = tiles.tile(i);
    const TileView x_view = tiles.view(tile, 1);
    const TileView y_view = tiles.view(tile, 0);
    const uint8_t* x = call.inputs[0]->as<uint8_t>() + tile.offsets[1];
    uint8_t* y = call.outputs[0]->as<uint8_t>() + tile.offsets[0];
    if (!x_view.dense()) {
      gather_tile(gathered, x, x_view, 1);
      x = gathered;
    }
    lookup.run(table, x, y_view.dense() ? y : result, x_view.count());
    if (!y_view.dense()) scatter_tile(y, result, y_view, 1);
  }
  return Status::kOk;
}

const Kernel kernel{"lookup_s8", 1, "x, table -> y", prepare, run};

}  // namespace
}  // namespace edgert
