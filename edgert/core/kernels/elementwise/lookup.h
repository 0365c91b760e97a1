// Microkernel family: bytes looked up in a table of 256.
//
// Variants are the files lookup/<isa>.cc.
#ifndef EDGERT_KERNELS_ELEMENTWISE_LOOKUP_H_
#define EDGERT_KERNELS_ELEMENTWISE_LOOKUP_H_

#include <cstdint>

namespace edgert {

struct Lookup {
  // y[i] = table[x[i]] for i < n. y may be x; no other bytes of them may be the same.
  void (*run)(const uint8_t* table, const uint8_t* x, uint8_t* y, int64_t n);
};

}  // namespace edgert

#endif  // EDGERT_KERNELS_ELEMENTWISE_LOOKUP_H_
