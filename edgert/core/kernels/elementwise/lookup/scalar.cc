#include "kernels/elementwise/lookup/scalar.h"

#include "kernels/elementwise/lookup.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

constexpr Lookup kOps{lookup_scalar};
const Microkernel<Lookup> registration{Isa::kScalar, kOps};

}  // namespace
}  // namespace edgert
