// A loaded bundle, shared by its sessions.
#ifndef EDGERT_RUNTIME_MODEL_H_
#define EDGERT_RUNTIME_MODEL_H_

#include "kernels/elementwise/elementwise.h"
#include "runtime/bundle.h"
#include "runtime/file.h"
#include "runtime/kernel.h"

struct edgert_model {
  edgert::MappedFile file;  // empty where the caller owns the memory
  edgert::Bundle bundle;
  void* widened_block = nullptr;                      // nullptr: no halves
  std::byte* widened = nullptr;                       // bundle.halves as floats
  const edgert::Kernel** kernels = nullptr;           // those of bundle.root->kernels()
  const edgert::ElementwiseOp** operators = nullptr;  // those of bundle.root->operators()

  size_t kernel_count() const { return edgert::length(bundle.root->kernels()); }
  size_t operator_count() const { return edgert::length(bundle.root->operators()); }
};

#endif  // EDGERT_RUNTIME_MODEL_H_
