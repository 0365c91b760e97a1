// A program bound to memory, ready to run.
#ifndef EDGERT_RUNTIME_SESSION_H_
#define EDGERT_RUNTIME_SESSION_H_

#include "runtime/kernel.h"
#include "runtime/memory.h"
#include "runtime/model.h"
#include "runtime/thread_pool.h"

namespace edgert {

// A tensor whose storage is a buffer of the caller: where its data is, once there is a buffer.
struct PortBinding {
  Tensor* tensor;
  uint32_t port;
  bool output;
  uint64_t offset;
};

// A call and how its tiles are handed out.
struct BoundCall : Call {
  int64_t chunk_tiles = 1;
  uint32_t chunks = 1;
};

}  // namespace edgert

struct edgert_session {
  const edgert_model* model = nullptr;
  const edgert::schema::Program* program = nullptr;
  edgert_port* inputs = nullptr;
  edgert_port* outputs = nullptr;
  uint32_t input_count = 0;
  uint32_t output_count = 0;

  edgert::Tensor* tensors = nullptr;
  uint32_t tensor_count = 0;
  edgert::BoundCall* calls = nullptr;
  uint32_t call_count = 0;
  edgert::PortBinding* bindings = nullptr;
  uint32_t binding_count = 0;

  void* arena_block = nullptr;  // arena, its tail, then one scratch area for each thread
  std::byte* scratch = nullptr;
  size_t scratch_bytes = 0;  // of one thread
  size_t memory = 0;

  edgert::ThreadPool pool;
  uint64_t* profile = nullptr;
};

namespace edgert {

// Builds the session: reads and checks the whole program, lets the kernels prepare their calls,
// allocates the arena, starts the threads.
Status create_session(const edgert_model* model, int32_t program, int32_t threads,
                      edgert_session** session, edgert_error* error);
void destroy_session(edgert_session* session);

Status run_session(edgert_session* session, const void* const* inputs, void* const* outputs,
                   edgert_error* error);

}  // namespace edgert

#endif  // EDGERT_RUNTIME_SESSION_H_
