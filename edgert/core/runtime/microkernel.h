// Microkernels: the inner loops, one variant per instruction set.
//
// A family is a struct `Ops` of function pointers and tile sizes, declared in
// kernels/<family>/<family>.h. Each ISA file of that folder (scalar.cc, x86_avx2.cc, arm_neon.cc ...)
// holds one object
//     const Microkernel<GemmS8> registration{Isa::kAvx2, {...}};
// and that object is all there is to register: dispatch, tests and benchmarks walk the list.
#ifndef EDGERT_RUNTIME_MICROKERNEL_H_
#define EDGERT_RUNTIME_MICROKERNEL_H_

#include "runtime/isa.h"

namespace edgert {

template <typename Ops>
class Microkernel {
 public:
  Microkernel(Isa isa, const Ops& ops) : isa_(isa), ops_(ops), next_(head()) { head() = this; }
  Microkernel(const Microkernel&) = delete;
  Microkernel& operator=(const Microkernel&) = delete;

  Isa isa() const { return isa_; }
  const Ops& ops() const { return ops_; }
  const Microkernel* next() const { return next_; }

  static const Microkernel* first() { return head(); }

  // The variant to run here. Every family has a scalar variant, so there always is one.
  static const Microkernel& best() {
    const Microkernel* best = nullptr;
    for (const Microkernel* m = first(); m != nullptr; m = m->next_) {
      if (isa_enabled(m->isa_) && (best == nullptr || m->isa_ > best->isa_)) best = m;
    }
    return *best;
  }

 private:
  static const Microkernel*& head() {
    static const Microkernel* head = nullptr;
    return head;
  }

  Isa isa_;
  Ops ops_;
  const Microkernel* next_;
};

}  // namespace edgert

#endif  // EDGERT_RUNTIME_MICROKERNEL_H_
