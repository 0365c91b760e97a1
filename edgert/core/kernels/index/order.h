// Ordering of elements of any type: keys, and a heap.
#ifndef EDGERT_KERNELS_INDEX_ORDER_H_
#define EDGERT_KERNELS_INDEX_ORDER_H_

#include <cstdint>
#include <utility>

#include "runtime/tensor.h"

namespace edgert {

// The element as an integer: keys are ordered as elements are, and equal where they are. -0 is 0;
// NaN is above all numbers and equal to itself. nullptr for types that are storage only.
using ElementKey = int64_t (*)(const void* element);
ElementKey element_key(DType dtype);

// Entries with the last of them, by before(a, b), at the root.
template <typename Entry, typename Before>
void sift_down(Entry* heap, int64_t size, int64_t root, const Before& before) {
  while (2 * root + 1 < size) {
    int64_t child = 2 * root + 1;
    if (child + 1 < size && before(heap[child], heap[child + 1])) ++child;
    if (!before(heap[root], heap[child])) return;
    std::swap(heap[root], heap[child]);
    root = child;
  }
}

template <typename Entry, typename Before>
void make_heap(Entry* heap, int64_t size, const Before& before) {
  for (int64_t root = size / 2 - 1; root >= 0; --root) sift_down(heap, size, root, before);
}

// From a heap to entries in order.
template <typename Entry, typename Before>
void sort_heap(Entry* heap, int64_t size, const Before& before) {
  for (int64_t last = size - 1; last > 0; --last) {
    std::swap(heap[0], heap[last]);
    sift_down(heap, last, 0, before);
  }
}

}  // namespace edgert

#endif  // EDGERT_KERNELS_INDEX_ORDER_H_
