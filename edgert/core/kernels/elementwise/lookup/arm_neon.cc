#include <arm_neon.h>

#include "kernels/elementwise/lookup.h"
#include "kernels/elementwise/lookup/scalar.h"
#include "kernels/multiversion.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

// The table is in 16 registers: four variables, as g++ keeps an array of them in memory.
void run(const uint8_t* table, const uint8_t* x, uint8_t* y, int64_t n) {
  if (n < 16) return lookup_scalar(table, x, y, n);
  const uint8x16x4_t quarter0 = vld1q_u8_x4(table), quarter1 = vld1q_u8_x4(table + 64);
  const uint8x16x4_t quarter2 = vld1q_u8_x4(table + 128), quarter3 = vld1q_u8_x4(table + 192);
  const uint8x16_t k64 = vdupq_n_u8(64), k128 = vdupq_n_u8(128);
  // TBX leaves bytes as they are whose index is not below 64.
  const auto lookup = [&](const uint8_t* p) EDGERT_INLINE_LAMBDA {
    const uint8x16_t index = vld1q_u8(p), upper = veorq_u8(index, k128);
    uint8x16_t v = vqtbl4q_u8(quarter0, index);
    v = vqtbx4q_u8(v, quarter1, vsubq_u8(index, k64));
    v = vqtbx4q_u8(v, quarter2, upper);
    return vqtbx4q_u8(v, quarter3, vsubq_u8(upper, k64));
  };
  // The last 16 overlap those before them, and must be read before these are written.
  const uint8x16_t last = lookup(x + n - 16);
  int64_t i = 0;
  for (; i + 32 <= n; i += 32) {
    const uint8x16_t y0 = lookup(x + i), y1 = lookup(x + i + 16);
    vst1q_u8(y + i, y0);
    vst1q_u8(y + i + 16, y1);
  }
  if (i + 16 <= n) vst1q_u8(y + i, lookup(x + i));
  vst1q_u8(y + n - 16, last);
}

constexpr Lookup kOps{run};
const Microkernel<Lookup> registration{Isa::kNeon, kOps};

}  // namespace
}  // namespace edgert
