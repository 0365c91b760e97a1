#include "runtime/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace edgert {
namespace {

Status failed(const char* path, edgert_error* error) {
  return fail(error, Status::kSystem, "cannot read %.300s: %s", path, std::strerror(errno));
}

// Without fstat, whose symbol exists since glibc 2.33 only.
bool is_folder(const char* path) {
  const int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0) close(descriptor);
  return descriptor >= 0;
}

Status map_descriptor(int descriptor, const char* path, bool whole, MappedFile* file,
                      edgert_error* error) {
  const bool folder = is_folder(path);
  const off_t end = lseek(descriptor, 0, SEEK_END);
  if (folder || end < 0) {
    return fail(error, Status::kSystem, "cannot read %.300s: it is %s", path,
                folder ? "a folder" : "not a regular file");
  }
  if (end == 0) {
    return fail(error, Status::kBundle, "%.300s: the file is empty", path);
  }
  int flags = MAP_PRIVATE;
#if defined(MAP_POPULATE)
  if (whole) flags |= MAP_POPULATE;
#endif
  const size_t size = static_cast<size_t>(end);
  void* data = mmap(nullptr, size, PROT_READ, flags, descriptor, 0);
  if (data == MAP_FAILED) return failed(path, error);
  file->data = data;
  file->size = size;
  return Status::kOk;
}

}  // namespace

Status MappedFile::map(const char* path, bool whole, edgert_error* error) {
  // O_NONBLOCK: opening a named pipe must not hang.
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return failed(path, error);
  const Status status = map_descriptor(descriptor, path, whole, this, error);
  close(descriptor);
  return status;
}

void MappedFile::unmap() {
  if (data != nullptr) munmap(const_cast<void*>(data), size);
  data = nullptr;
}

}  // namespace edgert
