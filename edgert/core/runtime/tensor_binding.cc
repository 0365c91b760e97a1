#include "runtime/tensor_binding.h"

#include <algorithm>
#include <cmath>

namespace edgert {
namespace {

constexpr int64_t kMaxElements = int64_t{1} << 40;

bool valid_dtype(schema::DType dtype) {
  return dtype >= schema::DType::MIN && dtype <= schema::DType::MAX;
}

// Copies dims and multiplies them; false where they make no sense. Dims are >= `smallest`.
bool read_dims(const flatbuffers::Vector<int32_t>* shape, int32_t smallest, int32_t* rank,
               int32_t* dims, int64_t* count) {
  const size_t size = length(shape);
  if (size > EDGERT_MAX_RANK) return false;
  *rank = static_cast<int32_t>(size);
  *count = 1;
  for (unsigned i = 0; i < size; ++i) {
    dims[i] = shape->Get(i);
    if (dims[i] < smallest || __builtin_mul_overflow(*count, int64_t{dims[i]}, count) ||
        *count > kMaxElements) {
      return false;
    }
  }
  return true;
}

// Absent: row-major. Strides of dimensions of size 1 mean nothing and become what they would be
// there.
void set_strides(const flatbuffers::Vector<int64_t>* strides, Tensor* tensor) {
  int64_t step = 1;
  tensor->contiguous = true;
  for (int32_t i = tensor->rank - 1; i >= 0; --i) {
    const bool given = strides != nullptr && tensor->dims[i] != 1;
    tensor->strides[i] = given ? strides->Get(static_cast<unsigned>(i)) : step;
    tensor->contiguous &= tensor->strides[i] == step;
    step *= tensor->dims[i];
  }
}

// Bytes of the storage, and the alignment of its start; false where there is no such storage.
bool storage_of(const schema::Tensor& source, const Storages& storages, uint64_t* size,
                size_t* alignment) {
  const auto port = [&](const edgert_port* ports, size_t count) {
    if (source.port() >= count) return false;
    *size = ports[source.port()].size;
    *alignment = dtype_size(static_cast<DType>(ports[source.port()].dtype));
    return true;
  };
  *alignment = 64;
  switch (source.storage()) {
    case schema::Storage::Arena:
      *size = storages.arena_size;
      return true;
    case schema::Storage::Constant:
      *size = storages.constants_size;
      return true;
    case schema::Storage::Input:
      return port(storages.inputs, storages.input_count);
    case schema::Storage::Output:
      return port(storages.outputs, storages.output_count);
    case schema::Storage::Widened:
      *size = storages.widened_size;
      return true;
  }
  return false;
}

// Whether all elements lie in [0, size) when element 0 is at `offset`.
bool inside(const Tensor& tensor, uint64_t offset, uint64_t size) {
  int64_t lowest = 0, highest = 0;  // in elements, relative to element 0
  for (int32_t i = 0; i < tensor.rank; ++i) {
    int64_t reach;
    if (__builtin_mul_overflow(int64_t{tensor.dims[i]} - 1, tensor.strides[i], &reach))
      return false;
    int64_t& end = reach < 0 ? lowest : highest;
    if (__builtin_add_overflow(end, reach, &end)) return false;
  }
  const int64_t element = static_cast<int64_t>(dtype_size(tensor.dtype));
  int64_t first, last, start;
  if (offset > INT64_MAX || size > INT64_MAX) return false;
  start = static_cast<int64_t>(offset);
  return !__builtin_mul_overflow(lowest, element, &first) &&
         !__builtin_add_overflow(first, start, &first) &&
         !__builtin_mul_overflow(highest, element, &last) &&
         !__builtin_add_overflow(last, start, &last) &&
         !__builtin_add_overflow(last, element, &last) && first >= 0 &&
         last <= static_cast<int64_t>(size);
}

Status read_port_quantization(const schema::Port& source, const char* what, edgert_port* port,
                              edgert_error* error) {
  port->scale = 0;
  port->zero_point = 0;
  const schema::Quantization* quantization = source.quantization();
  if (quantization == nullptr) return Status::kOk;
  if (length(quantization->scale()) != 1 || length(quantization->zero_point()) != 1 ||
      !(quantization->scale()->Get(0) > 0 && std::isfinite(quantization->scale()->Get(0)))) {
    return fail(error, Status::kBundle,
                "the bundle is damaged: %s '%.80s' has no valid quantization", what, port->name);
  }
  port->scale = quantization->scale()->Get(0);
  port->zero_point = quantization->zero_point()->Get(0);
  return Status::kOk;
}

}  // namespace

Status read_port(const schema::Port& source, const char* what, edgert_port* port,
                 edgert_error* error) {
  port->name = text(source.name());
  port->dtype = static_cast<edgert_dtype>(source.dtype());
  int64_t count = 0;
  if (!valid_dtype(source.dtype()) ||
      !read_dims(source.shape(), 0, &port->rank, port->shape, &count)) {
    return fail(error, Status::kBundle,
                "the bundle is damaged: %s '%.80s' has no valid shape or type", what, port->name);
  }
  if (static_cast<uint64_t>(count) > SIZE_MAX / 16)
    return fail(error, Status::kBundle, "%s '%.80s' is too large for this machine", what,
                port->name);
  port->size = static_cast<size_t>(count) * dtype_size(static_cast<DType>(port->dtype));
  return read_port_quantization(source, what, port, error);
}

Status read_tensor(const schema::Tensor& source, size_t index, const Storages& storages,
                   Tensor* tensor, edgert_error* error) {
  const auto damaged = [&](const char* problem) {
    return fail(error, Status::kBundle, "the bundle is damaged: tensor %zu '%.80s' %s", index,
                text(source.name()), problem);
  };
  if (!valid_dtype(source.dtype())) return damaged("has no valid type");
  tensor->dtype = static_cast<DType>(source.dtype());
  if (!read_dims(source.shape(), 1, &tensor->rank, tensor->dims, &tensor->count)) {
    return damaged("has no valid shape");
  }
  if (source.strides() != nullptr && length(source.strides()) != length(source.shape())) {
    return damaged("has not as many strides as dimensions");
  }
  // The one thing that the FlatBuffers verifier leaves out: it aligns a vector's length only.
  if (source.strides() != nullptr &&
      reinterpret_cast<uintptr_t>(source.strides()->Data()) % alignof(int64_t) != 0) {
    return damaged("has misaligned strides");
  }
  set_strides(source.strides(), tensor);

  uint64_t size;
  size_t alignment;
  if (!storage_of(source, storages, &size, &alignment)) return damaged("has no valid storage");
  const size_t element = dtype_size(tensor->dtype);
  if (source.offset() % element != 0 || alignment % element != 0) return damaged("is not aligned");
  if (!inside(*tensor, source.offset(), size)) return damaged("reaches outside of its storage");
  const bool widened = source.storage() == schema::Storage::Widened;
  tensor->constant = widened || source.storage() == schema::Storage::Constant;
  if (tensor->constant) {
    const std::byte* start = widened ? storages.widened : storages.constants;
    tensor->data = const_cast<std::byte*>(start + source.offset());
  }
  return Status::kOk;
}

}  // namespace edgert
