#include "runtime/model.h"

#include <cstring>
#include <new>

#include "kernels/elementwise/convert.h"
#include "runtime/memory.h"

namespace edgert {
namespace {

constexpr uint32_t kOperatorVersion = 1;

Status unknown(const char* what, const schema::NameVersion& wanted, const schema::Bundle& root,
               edgert_error* error) {
  return fail(error, Status::kBundle,
              "the bundle needs %s %.80s version %u, which edgert %s does not have; install the "
              "edgert it was compiled with (%.20s or newer)",
              what, text(wanted.name()), wanted.version(), edgert_version(),
              text(root.min_runtime()));
}

Status resolve(edgert_model* model, edgert_error* error) {
  const schema::Bundle& root = *model->bundle.root;
  for (size_t i = 0; i < model->kernel_count(); ++i) {
    const auto& wanted = *root.kernels()->Get(static_cast<unsigned>(i));
    model->kernels[i] = Kernel::find(wanted.name()->c_str(), wanted.version());
    if (model->kernels[i] == nullptr) return unknown("kernel", wanted, root, error);
  }
  for (size_t i = 0; i < model->operator_count(); ++i) {
    const auto& wanted = *root.operators()->Get(static_cast<unsigned>(i));
    model->operators[i] = find_elementwise_op(wanted.name()->c_str());
    if (model->operators[i] == nullptr || wanted.version() != kOperatorVersion) {
      return unknown("operator", wanted, root, error);
    }
  }
  return Status::kOk;
}

// The floats that the bundle holds as f16: kernels find the same constants as if it had them as
// f32.
Status widen(edgert_model* model, edgert_error* error) {
  const size_t count = model->bundle.halves_count;
  if (count == 0) return Status::kOk;
  const bool fits = count <= (SIZE_MAX - kAlignment) / sizeof(float);
  const size_t size = fits ? count * sizeof(float) : SIZE_MAX;
  model->widened_block = fits ? allocate(1, size + kAlignment) : nullptr;
  if (model->widened_block == nullptr) {
    return fail(error, Status::kMemory, "cannot allocate %zu bytes for the constants", size);
  }
  std::byte* block = static_cast<std::byte*>(model->widened_block);
  const uintptr_t start = reinterpret_cast<uintptr_t>(block);
  model->widened = block + (align_up(start, kAlignment) - start);
  populate(model->widened, size);
  load(reinterpret_cast<float*>(model->widened), model->bundle.halves, DType::kF16,
       static_cast<int64_t>(count), {});
  return Status::kOk;
}

edgert_model* carve(Carver& carver, const Bundle& bundle) {
  edgert_model* model = carver.take<edgert_model>(1);
  auto* kernels = carver.take<const Kernel*>(length(bundle.root->kernels()));
  auto* operators = carver.take<const ElementwiseOp*>(length(bundle.root->operators()));
  if (model != nullptr) {
    new (model) edgert_model;
    model->bundle = bundle;
    model->kernels = kernels;
    model->operators = operators;
  }
  return model;
}

Status load_model(const void* data, size_t size, uint32_t flags, edgert_model** result,
                  edgert_error* error) {
  Bundle bundle;
  EDGERT_RETURN_IF_ERROR(read_bundle(data, size, flags, &bundle, error));
  Carver sizing;
  carve(sizing, bundle);
  void* block = sizing.too_large() ? nullptr : allocate(1, sizing.size());
  if (block == nullptr) {
    return fail(error, Status::kMemory, "cannot allocate %zu bytes for the model", sizing.size());
  }
  Carver carver(block);
  edgert_model* model = carve(carver, bundle);
  Status status = resolve(model, error);
  if (status == Status::kOk) status = widen(model, error);
  if (status != Status::kOk) {
    release(block);
    return status;
  }
  *result = model;
  return Status::kOk;
}

// Puts the path in front of a message about the file's contents.
Status name_file(const char* path, Status status, edgert_error* error) {
  if (error == nullptr || status == Status::kOk) return status;
  char message[sizeof(error->message)];
  std::memcpy(message, error->message, sizeof(message));
  return fail(error, status, "%.200s: %.300s", path, message);
}

}  // namespace
}  // namespace edgert

using edgert::Status;

edgert_status edgert_model_open(const char* path, uint32_t flags, edgert_model** model,
                                edgert_error* error) {
  if (path == nullptr || model == nullptr) {
    return static_cast<edgert_status>(fail(error, Status::kInput, "path or model is NULL"));
  }
  *model = nullptr;
  edgert::MappedFile file;
  const bool whole = (flags & EDGERT_LOAD_SKIP_CHECKSUM) == 0;
  Status status = file.map(path, whole, error);
  if (status == Status::kOk) {
    status = edgert::name_file(path, edgert::load_model(file.data, file.size, flags, model, error),
                               error);
    if (status == Status::kOk) {
      (*model)->file = file;
    } else {
      file.unmap();
    }
  }
  return static_cast<edgert_status>(status);
}

edgert_status edgert_model_from_memory(const void* data, size_t size, uint32_t flags,
                                       edgert_model** model, edgert_error* error) {
  if (data == nullptr || model == nullptr ||
      reinterpret_cast<uintptr_t>(data) % edgert::kAlignment != 0) {
    return static_cast<edgert_status>(
        fail(error, Status::kInput, "data or model is NULL, or data is not 64-byte aligned"));
  }
  *model = nullptr;
  return static_cast<edgert_status>(edgert::load_model(data, size, flags, model, error));
}

void edgert_model_close(edgert_model* model) {
  if (model == nullptr) return;
  model->file.unmap();
  edgert::release(model->widened_block);
  edgert::release(model);
}

int32_t edgert_model_programs(const edgert_model* model) {
  return static_cast<int32_t>(edgert::length(model->bundle.root->programs()));
}

const char* edgert_model_metadata(const edgert_model* model, const char* key) {
  const edgert::schema::Bundle& root = *model->bundle.root;
  const auto value = [](const flatbuffers::String* s) { return s ? s->c_str() : nullptr; };
  if (std::strcmp(key, "target") == 0) return value(root.target());
  if (std::strcmp(key, "preprocessing") == 0) return value(root.preprocessing());
  for (size_t i = 0; i < edgert::length(root.metadata()); ++i) {
    const auto* entry = root.metadata()->Get(static_cast<unsigned>(i));
    if (std::strcmp(entry->key()->c_str(), key) == 0) return edgert::text(entry->value());
  }
  return nullptr;
}

int32_t edgert_model_labels(const edgert_model* model) {
  return static_cast<int32_t>(edgert::length(model->bundle.root->labels()));
}

const char* edgert_model_label(const edgert_model* model, int32_t index) {
  if (index < 0 || index >= edgert_model_labels(model)) return nullptr;
  return model->bundle.root->labels()->Get(static_cast<unsigned>(index))->c_str();
}

int32_t edgert_model_segments(const edgert_model* model) {
  return static_cast<int32_t>(edgert::length(model->bundle.root->segments()));
}

edgert_status edgert_model_segment(const edgert_model* model, int32_t index,
                                   edgert_segment* segment) {
  if (index < 0 || index >= edgert_model_segments(model)) return EDGERT_ERROR_INPUT;
  const auto& source = *model->bundle.root->segments()->Get(static_cast<unsigned>(index));
  segment->provider = edgert::text(source.provider());
  segment->payload = model->bundle.constants + source.payload_offset();
  segment->payload_size = static_cast<size_t>(source.payload_size());
  return EDGERT_OK;
}
