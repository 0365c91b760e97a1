// Microkernels: the inner loops, one variant per instruction set.
//
// A family is a struct `Ops` of function pointers and tile sizes, declared in
// kernels/<family>/<family>.h. Each ISA file of that folder (scalar.cc, x86_avx2.cc, arm_neon.cc
// ...) holds one object
//     constexpr GemmS8 kOps = {...};
//     const Microkernel<GemmS8> registration{Isa::kAvx2, kOps};
// and that object is all there is to register: dispatch, tests and benchmarks walk the list.
//
// Registration runs when the library is loaded, on every machine, though ISA files are compiled for
// instructions that the machine may lack. Hence kOps is constexpr (no code copies it), and the
// constructor is compiled elsewhere, for the baseline.
#ifndef EDGERT_RUNTIME_MICROKERNEL_H_
#define EDGERT_RUNTIME_MICROKERNEL_H_

#include "runtime/isa.h"

namespace edgert {

class MicrokernelNode {
 public:
  MicrokernelNode(const MicrokernelNode&) = delete;
  MicrokernelNode& operator=(const MicrokernelNode&) = delete;

  Isa isa() const { return isa_; }

 protected:
  MicrokernelNode(Isa isa, const void* ops, const MicrokernelNode** head);

  Isa isa_;
  const void* ops_;
  const MicrokernelNode* next_;
};

template <typename Ops>
class Microkernel : public MicrokernelNode {
 public:
  Microkernel(Isa isa, const Ops& ops) : MicrokernelNode(isa, &ops, &head_) {}
  Microkernel(Isa isa, const Ops&& ops) = delete;  // a temporary would dangle: name it constexpr

  const Ops& ops() const { return *static_cast<const Ops*>(ops_); }
  const Microkernel* next() const { return static_cast<const Microkernel*>(next_); }

  static const Microkernel* first() { return static_cast<const Microkernel*>(head_); }

  // The variant to run here. Every family has a scalar variant, so there always is one.
  static const Microkernel& best() {
    return best([](const Ops&) { return true; });
  }

  // The same among those with suits(ops), which the scalar variant has to be one of.
  template <typename Suits>
  static const Microkernel& best(const Suits& suits) {
    const Microkernel* best = nullptr;
    for (const Microkernel* m = first(); m != nullptr; m = m->next()) {
      const bool better = best == nullptr || m->isa_ > best->isa_;
      if (better && isa_enabled(m->isa_) && suits(m->ops())) best = m;
    }
    return *best;
  }

 private:
  static inline const MicrokernelNode* head_ = nullptr;
};

}  // namespace edgert

#endif  // EDGERT_RUNTIME_MICROKERNEL_H_
