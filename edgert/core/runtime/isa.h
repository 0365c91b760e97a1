// Instruction sets that microkernels are written for, and which of them this machine has.
#ifndef EDGERT_RUNTIME_ISA_H_
#define EDGERT_RUNTIME_ISA_H_

#include <cstdint>

namespace edgert {

// In the order of preference within an architecture: dispatch takes the last one that is available.
// A machine may lack one and have a later one: kFp16, arithmetic on halves, and kDotprod are
// independent of each other.
enum class Isa : uint8_t { kScalar = 0, kAvx2, kAvx512Vnni, kNeon, kFp16, kDotprod, kI8mm };

const char* isa_name(Isa isa);

// True where the CPU (and the operating system) can execute `isa`, regardless of EDGERT_ISA.
bool isa_supported(Isa isa);

// The best supported instruction set, capped by EDGERT_ISA (an isa_name; unknown names are ignored
// with a line on stderr). Read once.
Isa isa_selected();

// True where a microkernel for `isa` may run: supported, and not above isa_selected().
bool isa_enabled(Isa isa);

}  // namespace edgert

#endif  // EDGERT_RUNTIME_ISA_H_
