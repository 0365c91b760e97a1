// From a program in a bundle to a session. Nothing that the bundle says is believed.
#include <algorithm>
#include <cstring>
#include <new>

#include "kernels/elementwise/elementwise.h"
#include "runtime/cpus.h"
#include "runtime/session.h"
#include "runtime/tensor_binding.h"

namespace edgert {
namespace {

constexpr size_t kMaxInstructions = 1024;  // of one call
constexpr int kRegisters = 16;
constexpr size_t kArenaTail = 64;  // readable bytes after the arena, and after each scratch
constexpr uint64_t kMaxArena = uint64_t{1} << 48;  // more than any address space has
// Of the arena, at load: a damaged size must not take all memory of the machine.
constexpr uint64_t kMaxPopulated = uint64_t{1} << 25;
constexpr size_t kMaxScratch = size_t{1} << 30;
constexpr int32_t kChunksPerThread = 4;  // evens out threads of different speed

class SessionBuilder {
 public:
  SessionBuilder(const edgert_model* model, const schema::Program* program, int32_t threads,
                 edgert_error* error)
      : model_(model), program_(program), threads_(threads), error_(error) {}

  // On failure nothing is left behind.
  Status build(edgert_session** result) {
    EDGERT_RETURN_IF_ERROR(check_calls());
    Carver sizing;
    carve(sizing);
    if (sizing.too_large()) return damaged("has too many tensors and calls");
    void* block = allocate(1, sizing.size());
    if (block == nullptr) return out_of_memory(sizing.size());
    Carver carver(block);
    carve(carver);
    const Status status = fill();
    if (status == Status::kOk) {
      *result = session_;
    } else {
      destroy_session(session_);
    }
    return status;
  }

 private:
  Status damaged(const char* problem) {
    return fail(error_, Status::kBundle, "the bundle is damaged: program '%.80s' %s",
                text(program_->name()), problem);
  }
  Status damaged(const schema::KernelCall& call, const char* problem) {
    return fail(error_, Status::kBundle, "the bundle is damaged: call '%.80s' %s",
                text(call.name()), problem);
  }
  Status out_of_memory(uint64_t size) {
    return fail(error_, Status::kMemory,
                "program '%.80s' needs %llu bytes, which are not available", text(program_->name()),
                static_cast<unsigned long long>(size));
  }
  const schema::KernelCall& call(uint32_t index) const { return *program_->calls()->Get(index); }
  const Kernel& kernel(const schema::KernelCall& source) const {
    return *model_->kernels[source.kernel()];
  }

  // What carve() relies on.
  Status check_calls() {
    const size_t count = length(program_->calls());
    if (count >= ThreadPool::kMaxCalls) return damaged("has too many calls");
    for (uint32_t i = 0; i < count; ++i) {
      const schema::KernelCall& source = call(i);
      if (source.kernel() >= model_->kernel_count()) return damaged(source, "has no valid kernel");
      if (length(source.inputs()) > Call::kMaxInputs ||
          length(source.outputs()) > Call::kMaxOutputs || length(source.outputs()) == 0) {
        return damaged(source, "has no valid number of inputs and outputs");
      }
      if (length(source.instructions()) > kMaxInstructions) {
        return damaged(source, "has too many instructions");
      }
    }
    return Status::kOk;
  }

  void carve(Carver& carver) {
    session_ = carver.take<edgert_session>(1);
    if (session_ != nullptr) new (session_) edgert_session;
    edgert_session sizes;
    edgert_session& s = session_ != nullptr ? *session_ : sizes;
    s.model = model_;
    s.program = program_;
    s.input_count = static_cast<uint32_t>(length(program_->inputs()));
    s.output_count = static_cast<uint32_t>(length(program_->outputs()));
    s.tensor_count = static_cast<uint32_t>(length(program_->tensors()));
    s.call_count = static_cast<uint32_t>(length(program_->calls()));
    s.inputs = carver.take<edgert_port>(s.input_count);
    s.outputs = carver.take<edgert_port>(s.output_count);
    s.tensors = carver.take<Tensor>(s.tensor_count);
    s.calls = carver.take<BoundCall>(s.call_count);
    s.bindings = carver.take<PortBinding>(s.tensor_count);
    written_ = carver.take<bool>(s.output_count);
    workers_ = carver.take<ThreadPool::Worker>(static_cast<size_t>(threads_ - 1));
    for (uint32_t i = 0; i < s.call_count; ++i) {
      const schema::KernelCall& source = call(i);
      auto* params = carver.take<uint64_t>((kernel(source).info().params_size + 7) / 8);
      auto* instructions = carver.take<Instruction>(length(source.instructions()));
      if (s.calls != nullptr) {
        BoundCall* bound = new (&s.calls[i]) BoundCall;
        bound->params = params;
        bound->instructions = instructions;
      }
    }
  }

  Status fill() {
    EDGERT_RETURN_IF_ERROR(fill_ports());
    EDGERT_RETURN_IF_ERROR(fill_tensors());
    for (uint32_t i = 0; i < session_->call_count; ++i) EDGERT_RETURN_IF_ERROR(fill_call(i));
    for (uint32_t i = 0; i < session_->output_count; ++i) {
      if (!written_[i]) return damaged("leaves an output unwritten");
    }
    for (uint32_t i = 0; i < session_->call_count; ++i) EDGERT_RETURN_IF_ERROR(prepare_call(i));
    EDGERT_RETURN_IF_ERROR(allocate_arena());
    return start_threads();
  }

  Status fill_ports() {
    for (uint32_t i = 0; i < session_->input_count; ++i) {
      EDGERT_RETURN_IF_ERROR(
          read_port(*program_->inputs()->Get(i), "input", &session_->inputs[i], error_));
    }
    for (uint32_t i = 0; i < session_->output_count; ++i) {
      EDGERT_RETURN_IF_ERROR(
          read_port(*program_->outputs()->Get(i), "output", &session_->outputs[i], error_));
    }
    return Status::kOk;
  }

  Status fill_tensors() {
    if (program_->arena_size() > kMaxArena) return damaged("has no valid arena size");
    const Storages storages{program_->arena_size(),        model_->bundle.constants,
                            model_->bundle.constants_size, session_->inputs,
                            session_->input_count,         session_->outputs,
                            session_->output_count};
    for (uint32_t i = 0; i < session_->tensor_count; ++i) {
      const schema::Tensor& source = *program_->tensors()->Get(i);
      Tensor* tensor = new (&session_->tensors[i]) Tensor;
      EDGERT_RETURN_IF_ERROR(read_tensor(source, i, storages, tensor, error_));
      const bool output = source.storage() == schema::Storage::Output;
      if (output || source.storage() == schema::Storage::Input) {
        session_->bindings[session_->binding_count++] = {tensor, source.port(), output,
                                                         source.offset()};
      }
    }
    return Status::kOk;
  }

  Status fill_call(uint32_t index) {
    const schema::KernelCall& source = call(index);
    BoundCall& bound = session_->calls[index];
    bound.kernel = &kernel(source);
    bound.name = text(source.name());
    bound.threads = threads_;
    bound.error = error_;
    EDGERT_RETURN_IF_ERROR(fill_inputs(source, bound));
    EDGERT_RETURN_IF_ERROR(fill_outputs(source, bound));
    EDGERT_RETURN_IF_ERROR(fill_params(source, bound));
    return fill_instructions(source, bound);
  }

  Status fill_inputs(const schema::KernelCall& source, Call& bound) {
    bound.input_count = static_cast<int32_t>(length(source.inputs()));
    for (int32_t i = 0; i < bound.input_count; ++i) {
      const int32_t tensor = source.inputs()->Get(static_cast<unsigned>(i));
      if (tensor == -1) continue;
      if (!valid_tensor(tensor)) return damaged(source, "reads a tensor that does not exist");
      bound.inputs[i] = &session_->tensors[tensor];
    }
    return Status::kOk;
  }

  Status fill_outputs(const schema::KernelCall& source, Call& bound) {
    bound.output_count = static_cast<int32_t>(length(source.outputs()));
    for (int32_t i = 0; i < bound.output_count; ++i) {
      const int32_t tensor = source.outputs()->Get(static_cast<unsigned>(i));
      if (!valid_tensor(tensor)) return damaged(source, "writes a tensor that does not exist");
      const schema::Tensor& info = *program_->tensors()->Get(static_cast<unsigned>(tensor));
      if (info.storage() == schema::Storage::Output) {
        written_[info.port()] = true;
      } else if (info.storage() != schema::Storage::Arena) {
        return damaged(source, "writes to an input or a constant");
      }
      bound.outputs[i] = &session_->tensors[tensor];
    }
    return Status::kOk;
  }

  bool valid_tensor(int32_t index) const {
    return index >= 0 && static_cast<uint32_t>(index) < session_->tensor_count;
  }

  // A parameter struct grows at the end. Older bundles lack the new fields, which then are zero;
  // the tail that a newer bundle has must be zero, or it would mean something that is not known
  // here.
  Status fill_params(const schema::KernelCall& source, const Call& bound) {
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

  Status fill_instructions(const schema::KernelCall& source, Call& bound) {
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

  Status prepare_call(uint32_t index) {
    BoundCall& bound = session_->calls[index];
    EDGERT_RETURN_IF_ERROR(bound.kernel->prepare(bound));
    if (bound.tiles < 0 || bound.tiles > Call::kMaxTiles || bound.scratch_bytes > kMaxScratch) {
      return reject(bound, "is too large");
    }
    bound.error = nullptr;
    const int64_t parts = threads_ == 1 ? 1 : int64_t{threads_} * kChunksPerThread;
    bound.chunk_tiles = std::max<int64_t>(1, (bound.tiles + parts - 1) / parts);
    bound.chunks = static_cast<uint32_t>((bound.tiles + bound.chunk_tiles - 1) / bound.chunk_tiles);
    session_->scratch_bytes = std::max(session_->scratch_bytes, bound.scratch_bytes);
    return Status::kOk;
  }

  Status allocate_arena() {
    edgert_session& s = *session_;
    if (s.scratch_bytes > 0) s.scratch_bytes = align_up(s.scratch_bytes, kAlignment) + kArenaTail;
    const uint64_t arena = align_up(static_cast<size_t>(program_->arena_size()), kAlignment);
    const uint64_t scratch = uint64_t{s.scratch_bytes} * static_cast<uint64_t>(threads_);
    const uint64_t size = arena + kArenaTail + scratch + kAlignment;
    if (size > SIZE_MAX / 2) return out_of_memory(size);
    s.arena_block = allocate(1, static_cast<size_t>(size));
    if (s.arena_block == nullptr) return out_of_memory(size);
    const uintptr_t block = reinterpret_cast<uintptr_t>(s.arena_block);
    std::byte* base =
        static_cast<std::byte*>(s.arena_block) + (align_up(block, kAlignment) - block);
    populate(base, static_cast<size_t>(std::min(arena, kMaxPopulated)));
    s.scratch = base + arena + kArenaTail;
    s.memory = static_cast<size_t>(arena + kArenaTail + scratch);
    for (uint32_t i = 0; i < s.tensor_count; ++i) {
      const schema::Tensor& source = *program_->tensors()->Get(i);
      if (source.storage() == schema::Storage::Arena) s.tensors[i].data = base + source.offset();
    }
    return Status::kOk;
  }

  Status start_threads() {
    const Work work{session_,
                    [](const void* session, uint32_t index) {
                      return static_cast<const edgert_session*>(session)->calls[index].chunks;
                    },
                    [](const void* context, uint32_t index, uint32_t chunk, int32_t thread) {
                      const auto* session = static_cast<const edgert_session*>(context);
                      const BoundCall& bound = session->calls[index];
                      const int64_t begin = chunk * bound.chunk_tiles;
                      const int64_t end = std::min(begin + bound.chunk_tiles, bound.tiles);
                      std::byte* scratch =
                          session->scratch + session->scratch_bytes * static_cast<size_t>(thread);
                      return bound.kernel->run(bound, begin, end, scratch);
                    }};
    return session_->pool.start(work, workers_, threads_, error_);
  }

  const edgert_model* model_;
  const schema::Program* program_;
  int32_t threads_;
  edgert_error* error_;
  edgert_session* session_ = nullptr;
  bool* written_ = nullptr;
  ThreadPool::Worker* workers_ = nullptr;
};

}  // namespace

Status create_session(const edgert_model* model, int32_t program, int32_t threads,
                      edgert_session** session, edgert_error* error) {
  const size_t programs = length(model->bundle.root->programs());
  if (program < 0 || static_cast<size_t>(program) >= programs) {
    return fail(error, Status::kInput, "there is no program %d: the bundle has %zu", program,
                programs);
  }
  if (threads <= 0) threads = default_threads();
  if (threads > kMaxThreads) {
    return fail(error, Status::kInput, "%d threads are too many: at most %d", threads, kMaxThreads);
  }
  const auto* source = model->bundle.root->programs()->Get(static_cast<unsigned>(program));
  return SessionBuilder(model, source, threads, error).build(session);
}

void destroy_session(edgert_session* session) {
  session->pool.stop();
  release(session->arena_block);
  release(session);
}

}  // namespace edgert
