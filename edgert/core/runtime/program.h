// One program of a bundle, bound: every number checked, every call prepared.
#ifndef EDGERT_RUNTIME_PROGRAM_H_
#define EDGERT_RUNTIME_PROGRAM_H_

#include "runtime/kernel.h"
#include "runtime/memory.h"
#include "runtime/model.h"

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

struct BoundProgram {
  const schema::Program* source = nullptr;
  edgert_port* inputs = nullptr;
  edgert_port* outputs = nullptr;
  uint32_t input_count = 0;
  uint32_t output_count = 0;
  Tensor* tensors = nullptr;
  uint32_t tensor_count = 0;
  BoundCall* calls = nullptr;
  uint32_t call_count = 0;
  uint32_t first_call = 0;  // the number of calls[0] among the calls of all programs
  PortBinding* bindings = nullptr;
  uint32_t binding_count = 0;
  bool* written = nullptr;  // by output: whether a call writes it
};

// Binds a program in steps, so that its session can take one block of memory for everything.
class ProgramBuilder {
 public:
  ProgramBuilder(const edgert_model* model, const schema::Program* source, int32_t threads,
                 edgert_error* error)
      : model_(model), source_(source), threads_(threads), error_(error) {}

  uint32_t call_count() const { return static_cast<uint32_t>(length(source_->calls())); }
  // What carve() relies on.
  Status check() const;
  // Places the arrays of `program`, all but its calls, which are at `calls`: nullptr while sizes
  // are found out.
  void carve(Carver& carver, BoundCall* calls, BoundProgram* program) const;
  // Reads the program and lets the kernels prepare their calls. Tensors in the arena have no data
  // yet. `scratch_bytes` grows to what one thread needs.
  Status fill(BoundProgram* program, uint64_t* scratch_bytes) const;

 private:
  Status damaged(const char* problem) const;
  Status damaged(const schema::KernelCall& call, const char* problem) const;
  const schema::KernelCall& call(uint32_t index) const { return *source_->calls()->Get(index); }
  const Kernel& kernel(const schema::KernelCall& source) const {
    return *model_->kernels[source.kernel()];
  }

  Status fill_ports(BoundProgram* program) const;
  Status check_sizes(const BoundProgram& program, uint32_t output) const;
  Status fill_tensors(BoundProgram* program) const;
  Status fill_call(BoundProgram* program, uint32_t index) const;
  Status fill_inputs(const BoundProgram& program, const schema::KernelCall& source,
                     Call& bound) const;
  Status fill_outputs(BoundProgram* program, const schema::KernelCall& source, Call& bound) const;
  Status fill_params(const schema::KernelCall& source, const Call& bound) const;
  Status fill_instructions(const schema::KernelCall& source, Call& bound) const;
  Status prepare_call(BoundCall& bound) const;

  const edgert_model* model_;
  const schema::Program* source_;
  int32_t threads_;
  edgert_error* error_;
};

}  // namespace edgert

#endif  // EDGERT_RUNTIME_PROGRAM_H_
