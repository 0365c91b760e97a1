// The few allocations that loading makes.
#ifndef EDGERT_RUNTIME_MEMORY_H_
#define EDGERT_RUNTIME_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace edgert {

constexpr size_t kAlignment = 64;

// Every allocation goes through here and may give nullptr. A variable so that tests can make each
// of them fail in turn. Memory is zeroed, so that no bundle gets to see what lay there before.
extern void* (*allocate)(size_t count, size_t size);

inline void release(void* block) { std::free(block); }

// Fetches the pages of a block that is about to be written, all at once: page by page, at the first
// run, they cost several times as much. Their contents do not change.
void populate(void* block, size_t size);

template <typename T>
constexpr T align_up(T value, size_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

// Places arrays in one block. The same sequence of take() calls is made twice: over no block, to
// learn the size, then over the block.
class Carver {
 public:
  // Above this, a bundle's tables are taken for damaged rather than for large.
  static constexpr size_t kMaxSize = size_t{1} << 28;

  explicit Carver(void* block = nullptr) : block_(static_cast<std::byte*>(block)) {}

  template <typename T>
  T* take(size_t count) {
    size_ = align_up(size_, alignof(T));
    void* place = block_ == nullptr ? nullptr : block_ + size_;
    if (count > kMaxSize / sizeof(T) || size_ > kMaxSize) {
      too_large_ = true;
    } else {
      size_ += count * sizeof(T);
    }
    return static_cast<T*>(place);
  }

  size_t size() const { return size_; }
  bool too_large() const { return too_large_ || size_ > kMaxSize; }

 private:
  std::byte* block_;
  size_t size_ = 0;
  bool too_large_ = false;
};

}  // namespace edgert

#endif  // EDGERT_RUNTIME_MEMORY_H_
