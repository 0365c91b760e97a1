#include "kernels/elementwise/lookup.h"
#include "kernels/elementwise/lookup/scalar.h"
#include "kernels/multiversion.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

constexpr int64_t kBytes = 32;

// kBytes at x, looked up. VTBX takes 32 bytes of the table, and leaves bytes as they are whose
// index is not below 32: each piece of the table serves all indices before the next one takes its
// place.
EDGERT_INLINE void lookup(const uint8_t* table, const uint8_t* x, uint8_t* y) {
  asm volatile(
      "vld1.8 {d16, d17, d18, d19}, [%[x]]\n"
      "vld1.8 {d0, d1, d2, d3}, [%[table]]!\n"
      "vmov.i8 q12, #32\n"
      "vtbl.8 d20, {d0, d1, d2, d3}, d16\n"
      "vtbl.8 d21, {d0, d1, d2, d3}, d17\n"
      "vtbl.8 d22, {d0, d1, d2, d3}, d18\n"
      "vtbl.8 d23, {d0, d1, d2, d3}, d19\n"
      ".rept 7\n"
      "vld1.8 {d0, d1, d2, d3}, [%[table]]!\n"
      "vsub.i8 q8, q8, q12\n"
      "vsub.i8 q9, q9, q12\n"
      "vtbx.8 d20, {d0, d1, d2, d3}, d16\n"
      "vtbx.8 d21, {d0, d1, d2, d3}, d17\n"
      "vtbx.8 d22, {d0, d1, d2, d3}, d18\n"
      "vtbx.8 d23, {d0, d1, d2, d3}, d19\n"
      ".endr\n"
      "vst1.8 {d20, d21, d22, d23}, [%[y]]\n"
      : [table] "+r"(table)
      : [x] "r"(x), [y] "r"(y)
      : "d0", "d1", "d2", "d3", "d16", "d17", "d18", "d19", "d20", "d21", "d22", "d23", "d24",
        "d25", "memory");
}

void run(const uint8_t* table, const uint8_t* x, uint8_t* y, int64_t n) {
  int64_t i = 0;
  for (; i + kBytes <= n; i += kBytes) lookup(table, x + i, y + i);
  lookup_scalar(table, x + i, y + i, n - i);
}

constexpr Lookup kOps{run};
const Microkernel<Lookup> registration{Isa::kNeon, kOps};

}  // namespace
}  // namespace edgert
