#include "runtime/session.h"

#include <algorithm>
#include <cstring>

#include "runtime/executor.h"

namespace edgert {
namespace {

Status check_buffers(const edgert_port* ports, uint32_t count, const void* const* buffers,
                     const char* what, edgert_error* error) {
  for (uint32_t i = 0; i < count; ++i) {
    const size_t alignment = dtype_size(static_cast<DType>(ports[i].dtype));
    if (ports[i].size == 0) continue;
    if (buffers == nullptr || buffers[i] == nullptr ||
        reinterpret_cast<uintptr_t>(buffers[i]) % alignment != 0) {
      return fail(error, Status::kInput,
                  "%s '%.80s': the buffer is NULL or not aligned to %zu bytes", what, ports[i].name,
                  alignment);
    }
  }
  return Status::kOk;
}

void bind(const BoundProgram& program, const void* const* inputs, void* const* outputs) {
  for (uint32_t i = 0; i < program.binding_count; ++i) {
    const PortBinding& binding = program.bindings[i];
    const void* buffer = binding.output ? outputs[binding.port] : inputs[binding.port];
    // Inputs are never written: the builder has checked it.
    binding.tensor->data =
        const_cast<std::byte*>(static_cast<const std::byte*>(buffer)) + binding.offset;
  }
}

void unbind(const BoundProgram& program) {
  for (uint32_t i = 0; i < program.binding_count; ++i) program.bindings[i].tensor->data = nullptr;
}

}  // namespace

Status run_session(edgert_session* session, const void* const* inputs, void* const* outputs,
                   edgert_error* error) {
  const BoundProgram& program = *session->program;
  EDGERT_RETURN_IF_ERROR(
      check_buffers(program.inputs, program.input_count, inputs, "input", error));
  EDGERT_RETURN_IF_ERROR(
      check_buffers(program.outputs, program.output_count, outputs, "output", error));
  bind(program, inputs, outputs);
  session->pool.begin_run();
  const Status status = run_calls(session, error);
  session->pool.end_run();
  unbind(program);
  return status;
}

void reset_state(edgert_session* session) {
  for (uint32_t i = 0; i < session->state_count; ++i) {
    const State& state = session->states[i];
    if (state.initial != nullptr) {
      std::memcpy(state.data, state.initial, state.port.size);
    } else {
      std::memset(state.data, 0, state.port.size);
    }
  }
}

}  // namespace edgert

using edgert::Status;

edgert_status edgert_session_create(const edgert_model* model, int32_t program, int32_t threads,
                                    edgert_session** session, edgert_error* error) {
  if (model == nullptr || session == nullptr) {
    return static_cast<edgert_status>(fail(error, Status::kInput, "model or session is NULL"));
  }
  *session = nullptr;
  return static_cast<edgert_status>(
      edgert::create_session(model, program, threads, session, error));
}

void edgert_session_destroy(edgert_session* session) {
  if (session != nullptr) edgert::destroy_session(session);
}

edgert_status edgert_session_run(edgert_session* session, const void* const* inputs,
                                 void* const* outputs, edgert_error* error) {
  if (session == nullptr) {
    return static_cast<edgert_status>(fail(error, Status::kInput, "session is NULL"));
  }
  return static_cast<edgert_status>(edgert::run_session(session, inputs, outputs, error));
}

int32_t edgert_session_programs(const edgert_session* session) {
  return static_cast<int32_t>(session->program_count);
}

edgert_status edgert_session_select(edgert_session* session, int32_t program) {
  if (program < 0 || program >= edgert_session_programs(session)) return EDGERT_ERROR_INPUT;
  session->program = &session->programs[program];
  return EDGERT_OK;
}

int32_t edgert_session_inputs(const edgert_session* session) {
  return static_cast<int32_t>(session->program->input_count);
}

int32_t edgert_session_outputs(const edgert_session* session) {
  return static_cast<int32_t>(session->program->output_count);
}

edgert_status edgert_session_input(const edgert_session* session, int32_t index,
                                   edgert_port* port) {
  if (index < 0 || index >= edgert_session_inputs(session)) return EDGERT_ERROR_INPUT;
  *port = session->program->inputs[index];
  return EDGERT_OK;
}

edgert_status edgert_session_output(const edgert_session* session, int32_t index,
                                    edgert_port* port) {
  if (index < 0 || index >= edgert_session_outputs(session)) return EDGERT_ERROR_INPUT;
  *port = session->program->outputs[index];
  return EDGERT_OK;
}

edgert_status edgert_session_output_sizes(const edgert_session* session, int32_t index,
                                          int32_t sizes[EDGERT_MAX_RANK]) {
  if (index < 0 || index >= edgert_session_outputs(session)) return EDGERT_ERROR_INPUT;
  std::fill(sizes, sizes + EDGERT_MAX_RANK, -1);
  const auto& port = *session->program->source->outputs()->Get(static_cast<unsigned>(index));
  for (unsigned i = 0; i < edgert::length(port.sizes()); ++i) {
    const edgert::schema::Size& size = *port.sizes()->Get(i);
    sizes[size.axis()] = static_cast<int32_t>(size.output());
  }
  return EDGERT_OK;
}

int32_t edgert_session_threads(const edgert_session* session) { return session->pool.threads(); }

size_t edgert_session_memory(const edgert_session* session) { return session->memory; }

int32_t edgert_session_states(const edgert_session* session) {
  return static_cast<int32_t>(session->state_count);
}

edgert_status edgert_session_state(const edgert_session* session, int32_t index, edgert_port* port,
                                   void** data) {
  if (index < 0 || index >= edgert_session_states(session)) return EDGERT_ERROR_INPUT;
  *port = session->states[index].port;
  *data = session->states[index].data;
  return EDGERT_OK;
}

void edgert_session_reset_state(edgert_session* session) { edgert::reset_state(session); }

int32_t edgert_session_calls(const edgert_session* session) {
  return static_cast<int32_t>(session->program->call_count);
}

const char* edgert_session_call_name(const edgert_session* session, int32_t call) {
  if (call < 0 || call >= edgert_session_calls(session)) return nullptr;
  return session->program->calls[call].name;
}

const char* edgert_session_call_kernel(const edgert_session* session, int32_t call) {
  if (call < 0 || call >= edgert_session_calls(session)) return nullptr;
  return session->program->calls[call].kernel->name();
}

void edgert_session_profile(edgert_session* session, uint64_t* nanoseconds) {
  session->profile = nanoseconds;
}

int32_t edgert_session_tensors(const edgert_session* session) {
  return static_cast<int32_t>(session->program->tensor_count);
}

edgert_status edgert_session_tensor(const edgert_session* session, int32_t index,
                                    edgert_tensor* result) {
  if (index < 0 || index >= edgert_session_tensors(session)) return EDGERT_ERROR_INPUT;
  const edgert::Tensor& tensor = session->program->tensors[index];
  const auto& source = *session->program->source->tensors()->Get(static_cast<unsigned>(index));
  *result = {};
  result->name = edgert::text(source.name());
  result->dtype = static_cast<edgert_dtype>(tensor.dtype);
  result->rank = tensor.rank;
  std::memcpy(result->shape, tensor.dims, sizeof(tensor.dims));
  std::memcpy(result->strides, tensor.strides, sizeof(tensor.strides));
  result->data = tensor.data;
  const auto* quantization = source.quantization();
  if (quantization != nullptr && edgert::length(quantization->scale()) == 1 &&
      edgert::length(quantization->zero_point()) == 1) {
    result->scale = quantization->scale()->Get(0);
    result->zero_point = quantization->zero_point()->Get(0);
  }
  return EDGERT_OK;
}
