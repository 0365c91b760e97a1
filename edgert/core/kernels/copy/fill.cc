// fill: every element of y is the same.
#include "kernels/copy/checks.h"
#include "kernels/copy/strided.h"
#include "runtime/kernel.h"

namespace edgert {
namespace {

struct Params {
  int32_t value_bits[2];  // the element's bytes, little endian
};
constexpr ParamField kFields[] = {EDGERT_FIELD(Params, value_bits)};

// A single element, seen as a tensor of y's dims.
Tensor repeated(const Tensor& y) {
  Tensor x = y;
  std::fill(x.strides, x.strides + x.rank, 0);
  return x;
}

Status prepare(Call& call) {
  const Tensor& y = *call.outputs[0];
  EDGERT_CHECK(call, is_writable(y), "output elements share memory");
  call.tiles = StridedCopy(repeated(y), y).tiles();
  return Status::kOk;
}

Status run(const Call& call, int64_t begin, int64_t end, std::byte*) {
  Tensor& y = *call.outputs[0];
  const Params& params = call.parameters<Params>();
  StridedCopy(repeated(y), y).run(params.value_bits, y.data, begin, end);
  return Status::kOk;
}

const Kernel kernel{"fill", 1, "-> y", sizeof(Params), kFields, prepare, run};

}  // namespace
}  // namespace edgert
