// Programs of a bundle bound to one memory, ready to run.
#ifndef EDGERT_RUNTIME_SESSION_H_
#define EDGERT_RUNTIME_SESSION_H_

#include "runtime/program.h"
#include "runtime/thread_pool.h"

namespace edgert {

// Memory of the arena that keeps its contents from run to run.
struct State {
  edgert_port port;
  uint64_t offset;           // in the arena
  const std::byte* initial;  // nullptr: zeros
  std::byte* data;
};

}  // namespace edgert

struct edgert_session {
  const edgert_model* model = nullptr;
  edgert::BoundProgram* programs = nullptr;
  uint32_t program_count = 0;
  const edgert::BoundProgram* program = nullptr;  // the one that runs

  // Of all programs: the number of a call means the same whichever program is selected, which a
  // thread that is late to notice the end of a run relies on.
  edgert::BoundCall* calls = nullptr;
  uint32_t call_count = 0;

  edgert::State* states = nullptr;
  uint32_t state_count = 0;

  void* arena_block = nullptr;  // arena, its tail, then one scratch area for each thread
  std::byte* scratch = nullptr;
  size_t scratch_bytes = 0;  // of one thread
  size_t memory = 0;

  edgert::ThreadPool pool;
  uint64_t* profile = nullptr;
};

namespace edgert {

// Builds the session: reads and checks one program or all of them, lets the kernels prepare their
// calls, allocates the arena, starts the threads.
Status create_session(const edgert_model* model, int32_t program, int32_t threads,
                      edgert_session** session, edgert_error* error);
void destroy_session(edgert_session* session);

Status run_session(edgert_session* session, const void* const* inputs, void* const* outputs,
                   edgert_error* error);
void reset_state(edgert_session* session);

}  // namespace edgert

#endif  // EDGERT_RUNTIME_SESSION_H_
