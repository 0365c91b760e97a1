// From a bundle to a session: its programs bound to one arena and one thread pool.
#include <algorithm>
#include <cstring>
#include <new>

#include "runtime/cpus.h"
#include "runtime/session.h"
#include "runtime/tensor_binding.h"

namespace edgert {
namespace {

constexpr size_t kArenaTail = 64;  // readable bytes after the arena, and after each scratch
// Of the arena, at load: a damaged size must not take all memory of the machine.
constexpr uint64_t kMaxPopulated = uint64_t{1} << 25;

class SessionBuilder {
 public:
  // For `count` programs from `first` on.
  SessionBuilder(const edgert_model* model, uint32_t first, uint32_t count, int32_t threads,
                 edgert_error* error)
      : model_(model), first_(first), count_(count), threads_(threads), error_(error) {}

  // On failure nothing is left behind.
  Status build(edgert_session** result) {
    uint64_t calls = 0;
    for (uint32_t i = 0; i < count_; ++i) {
      EDGERT_RETURN_IF_ERROR(builder(i).check());
      calls += builder(i).call_count();
    }
    if (calls >= ThreadPool::kMaxCalls) return too_large();
    Carver sizing;
    carve(sizing);
    if (sizing.too_large()) return too_large();
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
  const schema::Bundle& root() const { return *model_->bundle.root; }
  ProgramBuilder builder(uint32_t index) const {
    const uint32_t programs = root().programs()->size(), number = first_ + index;
    const schema::Program* program = number < programs
                                         ? root().programs()->Get(number)
                                         : root().segments()->Get(number - programs)->program();
    return {model_, program, threads_, error_};
  }
  Status damaged(const char* problem) {
    return fail(error_, Status::kBundle, "the bundle is damaged: %s", problem);
  }
  Status too_large() { return damaged("it has too many tensors and calls"); }
  Status out_of_memory(uint64_t size) {
    return fail(error_, Status::kMemory, "the session needs %llu bytes, which are not available",
                static_cast<unsigned long long>(size));
  }

  void carve(Carver& carver) {
    session_ = carver.take<edgert_session>(1);
    if (session_ != nullptr) new (session_) edgert_session;
    edgert_session sizes;
    edgert_session& s = session_ != nullptr ? *session_ : sizes;
    s.model = model_;
    s.program_count = count_;
    s.programs = carver.take<BoundProgram>(count_);
    s.state_count = static_cast<uint32_t>(length(root().states()));
    s.states = carver.take<State>(s.state_count);
    workers_ = carver.take<ThreadPool::Worker>(static_cast<size_t>(threads_ - 1));
    for (uint32_t i = 0; i < count_; ++i) s.call_count += builder(i).call_count();
    s.calls = carver.take<BoundCall>(s.call_count);
    uint32_t calls = 0;
    for (uint32_t i = 0; i < count_; ++i) {
      BoundProgram unplaced;
      BoundProgram* program = s.programs != nullptr ? new (&s.programs[i]) BoundProgram : &unplaced;
      builder(i).carve(carver, s.calls != nullptr ? s.calls + calls : nullptr, program);
      program->first_call = calls;
      calls += program->call_count;
    }
    s.program = s.programs;
  }

  Status fill() {
    for (uint32_t i = 0; i < count_; ++i) {
      BoundProgram* program = &session_->programs[i];
      EDGERT_RETURN_IF_ERROR(builder(i).fill(program, &scratch_bytes_));
      if (!alike(*program, session_->programs[0])) {
        return damaged("its programs do not have the same inputs and outputs");
      }
      arena_size_ = std::max(arena_size_, program->source->arena_size());
    }
    for (uint32_t i = 0; i < session_->state_count; ++i) EDGERT_RETURN_IF_ERROR(fill_state(i));
    EDGERT_RETURN_IF_ERROR(allocate_arena());
    reset_state(session_);
    return start_threads();
  }

  // Programs differ in shapes only: callers look up names and types once.
  static bool alike(const BoundProgram& a, const BoundProgram& b) {
    const auto equal = [](const edgert_port& x, const edgert_port& y) {
      return x.dtype == y.dtype && std::strcmp(x.name, y.name) == 0;
    };
    return a.input_count == b.input_count && a.output_count == b.output_count &&
           std::equal(a.inputs, a.inputs + a.input_count, b.inputs, equal) &&
           std::equal(a.outputs, a.outputs + a.output_count, b.outputs, equal);
  }

  Status fill_state(uint32_t index) {
    const schema::State& source = *root().states()->Get(index);
    State& state = session_->states[index];
    EDGERT_RETURN_IF_ERROR(read_port(*source.port(), "state", &state.port, error_));
    const uint64_t size = state.port.size;
    state.offset = source.offset();
    if (state.offset % kAlignment != 0 || state.offset > arena_size_ ||
        size > arena_size_ - state.offset) {
      return damaged("a state lies outside of the arena, or is not aligned");
    }
    state.initial = nullptr;
    if (source.initial() == -1) return Status::kOk;
    const auto initial = static_cast<uint64_t>(source.initial());
    if (initial > model_->bundle.constants_size || size > model_->bundle.constants_size - initial) {
      return damaged("the initial value of a state lies outside of the constants");
    }
    state.initial = model_->bundle.constants + initial;
    return Status::kOk;
  }

  Status allocate_arena() {
    edgert_session& s = *session_;
    const uint64_t arena = align_up(arena_size_, kAlignment);
    if (scratch_bytes_ > 0) scratch_bytes_ = align_up(scratch_bytes_, kAlignment) + kArenaTail;
    const uint64_t scratch = scratch_bytes_ * static_cast<uint64_t>(threads_);
    const uint64_t size = arena + kArenaTail + scratch + kAlignment;
    if (size > SIZE_MAX / 2) return out_of_memory(size);
    s.arena_block = allocate(1, static_cast<size_t>(size));
    if (s.arena_block == nullptr) return out_of_memory(size);
    const uintptr_t block = reinterpret_cast<uintptr_t>(s.arena_block);
    std::byte* base =
        static_cast<std::byte*>(s.arena_block) + (align_up(block, kAlignment) - block);
    populate(base, static_cast<size_t>(std::min(arena, kMaxPopulated)));
    s.scratch = base + arena + kArenaTail;
    s.scratch_bytes = static_cast<size_t>(scratch_bytes_);
    s.memory = static_cast<size_t>(arena + kArenaTail + scratch);
    for (uint32_t i = 0; i < s.state_count; ++i) s.states[i].data = base + s.states[i].offset;
    for (uint32_t i = 0; i < count_; ++i) place_tensors(s.programs[i], base);
    return Status::kOk;
  }

  static void place_tensors(const BoundProgram& program, std::byte* arena) {
    for (uint32_t i = 0; i < program.tensor_count; ++i) {
      const schema::Tensor& source = *program.source->tensors()->Get(i);
      if (source.storage() == schema::Storage::Arena) {
        program.tensors[i].data = arena + source.offset();
      }
    }
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
  uint32_t first_;
  uint32_t count_;
  int32_t threads_;
  edgert_error* error_;
  edgert_session* session_ = nullptr;
  uint64_t arena_size_ = 0;
  uint64_t scratch_bytes_ = 0;  // of one thread
  ThreadPool::Worker* workers_ = nullptr;
};

}  // namespace

Status create_session(const edgert_model* model, int32_t program, int32_t threads,
                      edgert_session** session, edgert_error* error) {
  const size_t programs = length(model->bundle.root->programs());
  const size_t numbers = programs + length(model->bundle.root->segments());
  const bool all = program == EDGERT_ALL_PROGRAMS;
  if (programs == 0 || (!all && (program < 0 || static_cast<size_t>(program) >= numbers))) {
    return fail(error, Status::kInput, "there is no program %d: the bundle has %zu", program,
                programs);
  }
  if (threads <= 0) threads = default_threads();
  if (threads > kMaxThreads) {
    return fail(error, Status::kInput, "%d threads are too many: at most %d", threads, kMaxThreads);
  }
  const uint32_t first = all ? 0 : static_cast<uint32_t>(program);
  const uint32_t count = all ? static_cast<uint32_t>(programs) : 1;
  return SessionBuilder(model, first, count, threads, error).build(session);
}

void destroy_session(edgert_session* session) {
  session->pool.stop();
  release(session->arena_block);
  release(session);
}

}  // namespace edgert
