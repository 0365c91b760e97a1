// Tensors of a bundle as kernels see them, after every number has been checked.
#ifndef EDGERT_RUNTIME_TENSOR_BINDING_H_
#define EDGERT_RUNTIME_TENSOR_BINDING_H_

#include "runtime/bundle.h"
#include "runtime/tensor.h"

namespace edgert {

// Sizes of what tensors may lie in.
struct Storages {
  uint64_t arena_size;
  const std::byte* constants;
  uint64_t constants_size;
  const std::byte* widened;
  uint64_t widened_size;
  const edgert_port* inputs;
  size_t input_count;
  const edgert_port* outputs;
  size_t output_count;
};

// Reads a graph input or output. `what` names it in errors.
Status read_port(const schema::Port& source, const char* what, edgert_port* port,
                 edgert_error* error);

// Reads tensor `index` of a program: dims, strides, and that every element that they reach lies
// inside its storage and is aligned. `data` is set for constants only, widened ones included.
Status read_tensor(const schema::Tensor& source, size_t index, const Storages& storages,
                   Tensor* tensor, edgert_error* error);

}  // namespace edgert

#endif  // EDGERT_RUNTIME_TENSOR_BINDING_H_
