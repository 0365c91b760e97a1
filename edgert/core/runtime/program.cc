// From a program in a bundle to bound calls. Nothing that the bundle says is believed.
#include "runtime/program.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "kernels/elementwise/elementwise.h"
#include "runtime/executor.h"
#include "runtime/tensor_binding.h"
#include "runtime/thread_pool.h"

namespace edgert {
namespace {

constexpr size_t kMaxInstructions = 1024;  // of one call
constexpr int kRegisters = 16;
constexpr uint64_t kMaxArena = uint64_t{1} << 48;  // more than any address space has
constexpr uint64_t kMaxScratch = uint64_t{1} << 30;
constexpr int32_t kChunksPerThread = 4;  // evens out threads of different speed

bool valid_tensor(const BoundProgram& program, int32_t index) {
  return index >= 0 && static_cast<uint32_t>(index) < program.tensor_count;
}

}  // namespace

Status ProgramBuilder::damaged(const char* problem) const {
  return fail(error_, Status::kBundle, "the bundle is damaged: program '%.80s' %s",
              text(source_->name()), problem);
}

Status ProgramBuilder::damaged(const schema::KernelCall& call, const char* problem) const {
  return fail(error_, Status::kBundle, "the bundle is damaged: call '%.80s' %s", text(call.name()),
              problem);
}

Status ProgramBuilder::check() const {
  const size_t count = length(source_->calls());
  if (count >= ThreadPool::kMaxCalls) return damaged("has too many calls");
  for (uint32_t i = 0; i < count; ++i) {
    const schema::KernelCall& source = call(i);
    if (source.kernel() >= model_->kernel_count()) return damaged(source, "has no valid kernel");
    if (length(source.inputs()) > Call::kMaxInputs ||
        length(source.outputs()) > Call::kMaxOutputs) {
      return damaged(source, "has no valid number of inputs and outputs");
    }
    if (length(source.instructions()) > kMaxInstructions) {
      return damaged(source, "has too many instructions");
    }
  }
  return Status::kOk;
}

void ProgramBuilder::carve(Carver& carver, BoundCall* calls, BoundProgram* program) const {
  BoundProgram& p = *program;
  p.source = source_;
  p.input_count = static_cast<uint32_t>(length(source_->inputs()));
  p.output_count = static_cast<uint32_t>(length(source_->outputs()));
  p.tensor_count = static_cast<uint32_t>(length(source_->tensors()));
  p.call_count = call_count();
  p.inputs = carver.take<edgert_port>(p.input_count);
  p.outputs = carver.take<edgert_port>(p.output_count);
  p.tensors = carver.take<Tensor>(p.tensor_count);
  p.bindings = carver.take<PortBinding>(p.tensor_count);
  p.written = carver.take<bool>(p.output_count);
  p.calls = calls;
  for (uint32_t i = 0; i < p.call_count; ++i) {
    const schema::KernelCall& source = call(i);
    auto* params = carver.take<uint64_t>((kernel(source).info().params_size + 7) / 8);
    auto* instructions = carver.take<Instruction>(length(source.instructions()));
    if (calls != nullptr) {
      BoundCall* bound = new (&calls[i]) BoundCall;
      bound->params = params;
      bound->instructions = instructions;
    }
  }
}

Status ProgramBuilder::fill(BoundProgram* program, uint64_t* scratch_bytes) const {
  EDGERT_RETURN_IF_ERROR(fill_ports(program));
  EDGERT_RETURN_IF_ERROR(fill_tensors(program));
  for (uint32_t i = 0; i < program->call_count; ++i) {
    EDGERT_RETURN_IF_ERROR(fill_call(program, i));
  }
  EDGERT_RETURN_IF_ERROR(check_bodies(program->calls, program->call_count, error_));
  for (uint32_t i = 0; i < program->output_count; ++i) {
    if (!program->written[i] && program->outputs[i].size > 0) {
      return damaged("leaves an output unwritten");
    }
  }
  for (uint32_t i = 0; i < program->call_count; ++i) {
    EDGERT_RETURN_IF_ERROR(prepare_call(program->calls[i]));
    *scratch_bytes = std::max(*scratch_bytes, program->calls[i].scratch_bytes);
  }
  return Status::kOk;
}

Status ProgramBuilder::fill_ports(BoundProgram* program) const {
  for (uint32_t i = 0; i < program->input_count; ++i) {
    EDGERT_RETURN_IF_ERROR(
        read_port(*source_->inputs()->Get(i), "input", &program->inputs[i], error_));
  }
  for (uint32_t i = 0; i < program->output_count; ++i) {
    EDGERT_RETURN_IF_ERROR(
        read_port(*source_->outputs()->Get(i), "output", &program->outputs[i], error_));
  }
  for (uint32_t i = 0; i < program->output_count; ++i) {
    EDGERT_RETURN_IF_ERROR(check_sizes(*program, i));
  }
  return Status::kOk;
}

Status ProgramBuilder::check_sizes(const BoundProgram& program, uint32_t output) const {
  const auto* sizes = source_->outputs()->Get(output)->sizes();
  for (unsigned i = 0; i < length(sizes); ++i) {
    const schema::Size& size = *sizes->Get(i);
    if (size.axis() < 0 || size.axis() >= program.outputs[output].rank ||
        size.output() >= program.output_count ||
        program.outputs[size.output()].dtype != EDGERT_S64 ||
        program.outputs[size.output()].size != sizeof(int64_t)) {
      return damaged("has an output without a valid size");
    }
  }
  return Status::kOk;
}

Status ProgramBuilder::fill_tensors(BoundProgram* program) const {
  if (source_->arena_size() > kMaxArena) return damaged("has no valid arena size");
  const Storages storages{source_->arena_size(),
                          model_->bundle.constants,
                          model_->bundle.constants_size,
                          model_->widened,
                          model_->bundle.halves_count * sizeof(float),
                          program->inputs,
                          program->input_count,
                          program->outputs,
                          program->output_count};
  for (uint32_t i = 0; i < program->tensor_count; ++i) {
    const schema::Tensor& source = *source_->tensors()->Get(i);
    Tensor* tensor = new (&program->tensors[i]) Tensor;
    EDGERT_RETURN_IF_ERROR(read_tensor(source, i, storages, tensor, error_));
    const bool output = source.storage() == schema::Storage::Output;
    if (output || source.storage() == schema::Storage::Input) {
      program->bindings[program->binding_count++] = {tensor, source.port(), output,
                                                     source.offset()};
    }
  }
  return Status::kOk;
}

Status ProgramBuilder::fill_call(BoundProgram* program, uint32_t index) const {
  const schema::KernelCall& source = call(index);
  BoundCall& bound = program->calls[index];
  bound.kernel = &kernel(source);
  bound.name = text(source.name());
  bound.threads = threads_;
  bound.error = error_;
  EDGERT_RETURN_IF_ERROR(fill_inputs(*program, source, bound));
  EDGERT_RETURN_IF_ERROR(fill_outputs(program, source, bound));
  EDGERT_RETURN_IF_ERROR(fill_params(source, bound));
  return fill_instructions(source, bound);
}

Status ProgramBuilder::fill_inputs(const BoundProgram& program, const schema::KernelCall& source,
                                   Call& bound) const {
  bound.input_count = static_cast<int32_t>(length(source.inputs()));
  for (int32_t i = 0; i < bound.input_count; ++i) {
    const int32_t tensor = source.inputs()->Get(static_cast<unsigned>(i));
    if (tensor == -1) continue;
    if (!valid_tensor(program, tensor)) {
      return damaged(source, "reads a tensor that does not exist");
    }
    bound.inputs[i] = &program.tensors[tensor];
  }
  return Status::kOk;
}

Status ProgramBuilder::fill_outputs(BoundProgram* program, const schema::KernelCall& source,
                                    Call& bound) const {
  bound.output_count = static_cast<int32_t>(length(source.outputs()));
  for (int32_t i = 0; i < bound.output_count; ++i) {
    const int32_t tensor = source.outputs()->Get(static_cast<unsigned>(i));
    if (!valid_tensor(*program, tensor)) {
      return damaged(source, "writes a tensor that does not exist");
    }
    const schema::Tensor& info = *source_->tensors()->Get(static_cast<unsigned>(tensor));
    if (info.storage() == schema::Storage::Output) {
      program->written[info.port()] = true;
    } else if (info.storage() != schema::Storage::Arena) {
      return damaged(source, "writes to an input or a constant");
    }
    bound.outputs[i] = &program->tensors[tensor];
  }
  return Status::kOk;
}

// A parameter struct grows at the end. Older bundles lack the new fields, which then are zero; the
// tail that a newer bundle has must be zero, or it would mean something that is not known here.
Status ProgramBuilder::fill_params(const schema::KernelCall& source, const Call& bound) const {
  const size_t given = length(source.params());
  if (given == 0) return Status::kOk;
  const size_t known = std::min<size_t>(given, bound.kernel->info().params_size);
  const uint8_t* bytes = source.params()->data();
  std::memcpy(const_cast<void*>(bound.params), bytes, known);
  if (std::any_of(bytes + known, bytes + given, [](uint8_t byte) { return byte != 0; })) {
    return reject(bound, "has parameters that edgert %s does not know; install a newer edgert",
                  edgert_version());
  }
  return Status::kOk;
}

Status ProgramBuilder::fill_instructions(const schema::KernelCall& source, Call& bound) const {
  bound.instruction_count = static_cast<int32_t>(length(source.instructions()));
  for (int32_t i = 0; i < bound.instruction_count; ++i) {
    const schema::Instruction& from = *source.instructions()->Get(static_cast<unsigned>(i));
    if (from.op() >= model_->operator_count()) return damaged(source, "has no valid operator");
    if (std::max({from.dst(), from.src0(), from.src1(), from.src2()}) >= kRegisters) {
      return damaged(source, "uses a register that does not exist");
    }
    const_cast<Instruction*>(bound.instructions)[i] = {model_->operators[from.op()],
                                                       from.dst(),
                                                       {from.src0(), from.src1(), from.src2()},
                                                       {from.immediate0(), from.immediate1()}};
  }
  return Status::kOk;
}

Status ProgramBuilder::prepare_call(BoundCall& bound) const {
  EDGERT_RETURN_IF_ERROR(bound.kernel->prepare(bound));
  if (bound.tiles < 0 || bound.tiles > Call::kMaxTiles || bound.scratch_bytes > kMaxScratch) {
    return reject(bound, "is too large");
  }
  bound.error = nullptr;
  const int64_t parts = threads_ == 1 ? 1 : int64_t{threads_} * kChunksPerThread;
  bound.chunk_tiles = std::max<int64_t>(1, (bound.tiles + parts - 1) / parts);
  bound.chunks = static_cast<uint32_t>((bound.tiles + bound.chunk_tiles - 1) / bound.chunk_tiles);
  return Status::kOk;
}

}  // namespace edgert
