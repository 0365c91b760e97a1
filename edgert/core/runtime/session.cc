#include "runtime/session.h"

#include <cstring>
#include <ctime>

namespace edgert {
namespace {

uint64_t now_nanoseconds() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1000000000u + static_cast<uint64_t>(time.tv_nsec);
}

Status check_buffers(const edgert_port* ports, uint32_t count, const void* const* buffers,
                     const char* what, edgert_error* error) {
  for (uint32_t i = 0; i < count; ++i) {
    const size_t alignment = dtype_size(static_cast<DType>(ports[i].dtype));
    if (buffers == nullptr || buffers[i] == nullptr ||
        reinterpret_cast<uintptr_t>(buffers[i]) % alignment != 0) {
      return fail(error, Status::kInput,
                  "%s '%.80s': the buffer is NULL or not aligned to %zu bytes", what, ports[i].name,
                  alignment);
    }
  }
  return Status::kOk;
}

void bind(edgert_session* session, const void* const* inputs, void* const* outputs) {
  for (uint32_t i = 0; i < session->binding_count; ++i) {
    const PortBinding& binding = session->bindings[i];
    const void* buffer = binding.output ? outputs[binding.port] : inputs[binding.port];
    // Inputs are never written: the builder has checked it.
    binding.tensor->data =
        const_cast<std::byte*>(static_cast<const std::byte*>(buffer)) + binding.offset;
  }
}

void unbind(edgert_session* session) {
  for (uint32_t i = 0; i < session->binding_count; ++i) session->bindings[i].tensor->data = nullptr;
}

Status run_calls(edgert_session* session, edgert_error* error) {
  uint64_t started = session->profile != nullptr ? now_nanoseconds() : 0;
  for (uint32_t i = 0; i < session->call_count; ++i) {
    session->calls[i].error = error;
    EDGERT_RETURN_IF_ERROR(session->pool.run(i));
    if (session->profile != nullptr) {
      const uint64_t finished = now_nanoseconds();
      session->profile[i] = finished - started;
      started = finished;
    }
  }
  return Status::kOk;
}

}  // namespace

Status run_session(edgert_session* session, const void* const* inputs, void* const* outputs,
                   edgert_error* error) {
  EDGERT_RETURN_IF_ERROR(
      check_buffers(session->inputs, session->input_count, inputs, "input", error));
  EDGERT_RETURN_IF_ERROR(
      check_buffers(session->outputs, session->output_count, outputs, "output", error));
  bind(session, inputs, outputs);
  session->pool.begin_run();
  const Status status = run_calls(session, error);
  session->pool.end_run();
  unbind(session);
  return status;
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

int32_t edgert_session_inputs(const edgert_session* session) {
  return static_cast<int32_t>(session->input_count);
}

int32_t edgert_session_outputs(const edgert_session* session) {
  return static_cast<int32_t>(session->output_count);
}

edgert_status edgert_session_input(const edgert_session* session, int32_t index,
                                   edgert_port* port) {
  if (index < 0 || index >= edgert_session_inputs(session)) return EDGERT_ERROR_INPUT;
  *port = session->inputs[index];
  return EDGERT_OK;
}

edgert_status edgert_session_output(const edgert_session* session, int32_t index,
                                    edgert_port* port) {
  if (index < 0 || index >= edgert_session_outputs(session)) return EDGERT_ERROR_INPUT;
  *port = session->outputs[index];
  return EDGERT_OK;
}

int32_t edgert_session_threads(const edgert_session* session) { return session->pool.threads(); }

size_t edgert_session_memory(const edgert_session* session) { return session->memory; }

int32_t edgert_session_calls(const edgert_session* session) {
  return static_cast<int32_t>(session->call_count);
}

const char* edgert_session_call_name(const edgert_session* session, int32_t call) {
  if (call < 0 || call >= edgert_session_calls(session)) return nullptr;
  return session->calls[call].name;
}

const char* edgert_session_call_kernel(const edgert_session* session, int32_t call) {
  if (call < 0 || call >= edgert_session_calls(session)) return nullptr;
  return session->calls[call].kernel->name();
}

void edgert_session_profile(edgert_session* session, uint64_t* nanoseconds) {
  session->profile = nanoseconds;
}

int32_t edgert_session_tensors(const edgert_session* session) {
  return static_cast<int32_t>(session->tensor_count);
}

edgert_status edgert_session_tensor(const edgert_session* session, int32_t index,
                                    edgert_tensor* result) {
  if (index < 0 || index >= edgert_session_tensors(session)) return EDGERT_ERROR_INPUT;
  const edgert::Tensor& tensor = session->tensors[index];
  const auto& source = *session->program->tensors()->Get(static_cast<unsigned>(index));
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
