// elementwise: a chain of operators over broadcast operands in one pass over memory,
// docs/kernels.md.
//
// A tile of each input is converted into a register, i.e. an array in scratch; every instruction
// then runs over whole registers, and the last one's is converted into the output. Registers are
// small enough to stay in the first-level cache.
#include "kernels/elementwise/elementwise.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "kernels/elementwise/convert.h"
#include "kernels/elementwise/iteration.h"
#include "kernels/elementwise/strided.h"
#include "runtime/kernel.h"

namespace edgert {
namespace {

constexpr int kMaxInputs = 8;
constexpr int kRegisters = 16;
constexpr int64_t kRegisterElements = 512;
constexpr int64_t kTilesPerCallTile = 16;

struct Params {
  float input_scale[kMaxInputs];
  int32_t input_zero_point[kMaxInputs];
  float output_scale;  // quanta per unit
  int32_t output_zero_point;
  float act_min;
  float act_max;
};

constexpr ParamField kFields[] = {
    EDGERT_FIELD(Params, input_scale),  EDGERT_FIELD(Params, input_zero_point),
    EDGERT_FIELD(Params, output_scale), EDGERT_FIELD(Params, output_zero_point),
    EDGERT_FIELD(Params, act_min),      EDGERT_FIELD(Params, act_max),
};

// What registers hold. Integers compute in integers only among themselves; one f64 makes all
// doubles.
enum class Domain { kFloat, kInteger, kDouble };

Domain domain_of(const Call& call) {
  bool integers = is_integer_register_type(call.outputs[0]->dtype);
  bool doubles = call.outputs[0]->dtype == DType::kF64;
  for (int i = 0; i < call.input_count; ++i) {
    integers = integers && is_integer_register_type(call.inputs[i]->dtype);
    doubles = doubles || call.inputs[i]->dtype == DType::kF64;
  }
  return doubles ? Domain::kDouble : integers ? Domain::kInteger : Domain::kFloat;
}

bool is_register_type(DType dtype, Domain domain) {
  return domain == Domain::kDouble ? is_double_register_type(dtype) : is_float_register_type(dtype);
}

bool is_defined(const ElementwiseOp& op, Domain domain) {
  return domain == Domain::kInteger  ? bool{op.s64}
         : domain == Domain::kDouble ? bool{op.f64}
                                     : bool{op.f32};
}

// Registers that the call uses: they are numbered from 0.
int register_count(const Call& call) {
  int count = std::max(call.input_count, 1);
  for (int i = 0; i < call.instruction_count; ++i) {
    count = std::max(count, call.instructions[i].dst + 1);
  }
  return count;
}

bool zero_point_fits(DType dtype, int32_t zero_point) {
  return dtype == DType::kS8 ? zero_point >= -128 && zero_point <= 127
                             : zero_point >= 0 && zero_point <= 255;
}

Status check_input(Call& call, int i, Domain domain) {
  const Params& p = call.parameters<Params>();
  const Tensor& x = *call.inputs[i];
  EDGERT_CHECK(call, is_register_type(x.dtype, domain), "input %d has an unsupported type", i);
  EDGERT_CHECK(call, broadcastable(x, *call.outputs[0]),
               "input %d does not broadcast to the output", i);
  if (is_quantized_type(x.dtype)) {
    EDGERT_CHECK(call, std::isfinite(p.input_scale[i]), "input_scale[%d] is not finite", i);
    EDGERT_CHECK(call, zero_point_fits(x.dtype, p.input_zero_point[i]),
                 "input_zero_point[%d] is out of range", i);
  }
  return Status::kOk;
}

Status check_output(Call& call, Domain domain) {
  const Params& p = call.parameters<Params>();
  const Tensor& y = *call.outputs[0];
  EDGERT_CHECK(call, is_register_type(y.dtype, domain), "the output has an unsupported type");
  EDGERT_CHECK(call, !y.constant, "the output is a constant");
  if (is_quantized_type(y.dtype)) {
    const int32_t lowest = y.dtype == DType::kS8 ? -128 : 0;
    EDGERT_CHECK(call, zero_point_fits(y.dtype, p.output_zero_point),
                 "output_zero_point is out of range");
    EDGERT_CHECK(call,
                 p.act_min >= static_cast<float>(lowest - p.output_zero_point) &&
                     p.act_max <= static_cast<float>(lowest + 255 - p.output_zero_point) &&
                     p.act_min <= p.act_max,
                 "act_min and act_max are not within the output type");
    EDGERT_CHECK(call, std::isfinite(p.output_scale), "output_scale is not finite");
  }
  return Status::kOk;
}

// Every register is written before it is read, by operators that exist for the call's domain.
Status check_instructions(Call& call, Domain domain) {
  uint32_t written = (1u << call.input_count) - 1;
  for (int i = 0; i < call.instruction_count; ++i) {
    const Instruction& instruction = call.instructions[i];
    EDGERT_CHECK(call, instruction.op != nullptr, "instruction %d has no operator", i);
    EDGERT_CHECK(call, is_defined(*instruction.op, domain), "operator '%s' is not defined for %s",
                 instruction.op->name,
                 domain == Domain::kInteger  ? "integers"
                 : domain == Domain::kDouble ? "doubles"
                                             : "floats");
    EDGERT_CHECK(call, instruction.dst < kRegisters, "instruction %d: register %d", i,
                 instruction.dst);
    for (int k = 0; k < instruction.op->arity; ++k) {
      EDGERT_CHECK(call,
                   instruction.src[k] < kRegisters && (written >> instruction.src[k] & 1u) != 0,
                   "instruction %d reads register %d before it is written", i, instruction.src[k]);
    }
    written |= 1u << instruction.dst;
  }
  return Status::kOk;
}

Status prepare(Call& call) {
  EDGERT_CHECK(call, call.input_count <= kMaxInputs, "more than %d inputs", kMaxInputs);
  EDGERT_CHECK(call, call.instruction_count > 0 || call.input_count == 1,
               "a conversion has exactly one input");
  for (int i = 0; i < call.input_count; ++i) {
    EDGERT_CHECK(call, call.inputs[i] != nullptr, "input %d is missing", i);
  }
  const Domain domain = domain_of(call);
  for (int i = 0; i < call.input_count; ++i) EDGERT_RETURN_IF_ERROR(check_input(call, i, domain));
  EDGERT_RETURN_IF_ERROR(check_output(call, domain));
  EDGERT_RETURN_IF_ERROR(check_instructions(call, domain));

  const Tensor* operands[1 + kMaxInputs] = {call.outputs[0]};
  std::copy(call.inputs, call.inputs + call.input_count, operands + 1);
  const Iteration iteration(operands, 1 + call.input_count, kRegisterElements);
  call.tiles = (iteration.tiles() + kTilesPerCallTile - 1) / kTilesPerCallTile;
  // The registers, and one more for elements on their way from and to strided memory.
  call.scratch_bytes = static_cast<size_t>((register_count(call) + 1) * kRegisterElements) *
                           (domain == Domain::kFloat ? sizeof(float) : sizeof(int64_t)) +
                       static_cast<size_t>(kRegisterElements) * sizeof(int64_t);
  return Status::kOk;
}

const Versions<ElementwiseLoop<float>>& loops(const ElementwiseOp& op, float) { return op.f32; }
const Versions<ElementwiseLoop<int64_t>>& loops(const ElementwiseOp& op, int64_t) { return op.s64; }
const Versions<ElementwiseLoop<double>>& loops(const ElementwiseOp& op, double) { return op.f64; }

// Runs one call in the domain of T. Scratch: staging for raw elements, then the registers.
template <typename T>
class Executor {
 public:
  Executor(const Call& call, std::byte* scratch)
      : call_(call), params_(call.parameters<Params>()), staging_(scratch) {
    registers_ = reinterpret_cast<T*>(scratch + kRegisterElements * sizeof(int64_t));
  }

  void run(const Iteration& iteration, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const Iteration::Tile tile = iteration.tile(i);
      for (int k = 0; k < call_.input_count; ++k) {
        load_input(k, iteration.view(tile, 1 + k), tile.offsets[1 + k]);
      }
      compute(iteration.view(tile, 0), tile.offsets[0]);
    }
  }

 private:
  static constexpr DType kNative = std::is_same_v<T, float>    ? DType::kF32
                                   : std::is_same_v<T, double> ? DType::kF64
                                                               : DType::kS64;

  T* at(int index) { return registers_ + index * kRegisterElements; }

  // Memory can take the place of a register where it has the same form.
  static bool in_place(const Tensor& tensor, const TileView& view) {
    return tensor.dtype == kNative && view.dense() &&
           view.count() % static_cast<int64_t>(kElementwiseLanes) == 0;
  }

  void load_input(int index, const TileView& view, int64_t offset) {
    const Tensor& x = *call_.inputs[index];
    const size_t size = dtype_size(x.dtype);
    const std::byte* window = x.as<std::byte>() + offset * static_cast<int64_t>(size);
    sources_[index] = at(index);
    if (in_place(x, view)) {
      sources_[index] = reinterpret_cast<const T*>(window);
      return;
    }
    if (x.dtype == kNative && !view.dense()) return gather_tile(at(index), window, view, size);
    const Dequantization dequantization{params_.input_scale[index],
                                        static_cast<float>(params_.input_zero_point[index])};
    if (view.col_stride == 0 && view.row_stride == 0) {
      load(at(index), window, x.dtype, 1, dequantization);
      std::fill(at(index) + 1, at(index) + view.count(), *at(index));
      return;
    }
    if (!view.dense()) {
      gather_tile(staging_, window, view, size);
      window = staging_;
    }
    load(at(index), window, x.dtype, view.count(), dequantization);
  }

  void compute(const TileView& view, int64_t offset) {
    Tensor& y = *call_.outputs[0];
    const size_t size = dtype_size(y.dtype);
    std::byte* window = y.as<std::byte>() + offset * static_cast<int64_t>(size);
    const bool direct = call_.instruction_count > 0 && in_place(y, view);
    const size_t blocks =
        (static_cast<size_t>(view.count()) + kElementwiseLanes - 1) / kElementwiseLanes;
    const T* result = sources_[0];
    for (int i = 0; i < call_.instruction_count; ++i) {
      const Instruction& step = call_.instructions[i];
      const bool last = i + 1 == call_.instruction_count;
      T* target = last && direct ? reinterpret_cast<T*>(window) : at(step.dst);
      loops(*step.op, T{})
          .selected()(target, source(step, 0), source(step, 1), source(step, 2),
                      {step.immediate[0], step.immediate[1]}, blocks);
      sources_[step.dst] = target;
      result = target;
    }
    if (!direct) store_output(y, window, view, result);
  }

  const T* source(const Instruction& step, int operand) const {
    return operand < step.op->arity ? sources_[step.src[operand]] : nullptr;
  }

  void store_output(const Tensor& y, std::byte* window, const TileView& view, const T* result) {
    const Requantization requantization{params_.output_scale, params_.act_min, params_.act_max,
                                        params_.output_zero_point};
    if (view.dense()) return store(window, result, y.dtype, view.count(), requantization);
    if (y.dtype == kNative) return scatter_tile(window, result, view, sizeof(T));
    store(staging_, result, y.dtype, view.count(), requantization);
    scatter_tile(window, staging_, view, dtype_size(y.dtype));
  }

  const Call& call_;
  const Params& params_;
  std::byte* staging_;
  T* registers_;
  const T* sources_[kRegisters] = {};
};

Status run(const Call& call, int64_t begin, int64_t end, std::byte* scratch) {
  const Tensor* operands[1 + kMaxInputs] = {call.outputs[0]};
  std::copy(call.inputs, call.inputs + call.input_count, operands + 1);
  const Iteration iteration(operands, 1 + call.input_count, kRegisterElements);
  const int64_t first = begin * kTilesPerCallTile;
  const int64_t last = std::min(end * kTilesPerCallTile, iteration.tiles());
  switch (domain_of(call)) {
    case Domain::kInteger:
      Executor<int64_t>(call, scratch).run(iteration, first, last);
      break;
    case Domain::kDouble:
      Executor<double>(call, scratch).run(iteration, first, last);
      break;
    case Domain::kFloat:
      Executor<float>(call, scratch).run(iteration, first, last);
  }
  return Status::kOk;
}

const Kernel kernel{"elementwise", 1, "x... -> y", sizeof(Params), kFields, prepare, run};

}  // namespace
}  // namespace edgert
