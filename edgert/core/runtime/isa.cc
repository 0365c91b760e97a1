#include "runtime/isa.h"

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#elif (defined(__aarch64__) || defined(__arm__)) && defined(__linux__)
#include <sys/auxv.h>
#endif

namespace edgert {
namespace {

constexpr uint32_t mask(Isa isa) { return uint32_t{1} << static_cast<unsigned>(isa); }

constexpr Isa kAll[] = {Isa::kScalar, Isa::kAvx2,    Isa::kAvx512Vnni, Isa::kNeon,
                        Isa::kFp16,   Isa::kDotprod, Isa::kI8mm};

#if defined(__x86_64__) || defined(__i386__)

constexpr bool bit(unsigned value, int index) { return (value >> index & 1) != 0; }

// Register state that the operating system saves (XCR0; Intel SDM vol. 1, 13.3).
unsigned saved_state() {
  unsigned low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

uint32_t detect() {
  unsigned a, b, c, d, b7, c7;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
  constexpr int kFma = 12, kOsxsave = 27, kAvx = 28, kF16c = 29;
  if (!bit(c, kOsxsave) || !bit(c, kAvx) || !bit(c, kFma) || !bit(c, kF16c)) return 0;
  if (!__get_cpuid_count(7, 0, &a, &b7, &c7, &d)) return 0;
  constexpr int kAvx2 = 5, kAvx512F = 16, kAvx512Dq = 17, kAvx512Bw = 30, kAvx512Vl = 31;
  constexpr int kAvx512Vnni = 11;
  constexpr unsigned kYmmState = 0x06, kZmmState = 0xE6;
  const unsigned state = saved_state();
  if (!bit(b7, kAvx2) || (state & kYmmState) != kYmmState) return 0;
  const bool avx512vnni = (state & kZmmState) == kZmmState && bit(b7, kAvx512F) &&
                          bit(b7, kAvx512Dq) && bit(b7, kAvx512Bw) && bit(b7, kAvx512Vl) &&
                          bit(c7, kAvx512Vnni);
  return mask(Isa::kAvx2) | (avx512vnni ? mask(Isa::kAvx512Vnni) : 0);
}

#elif defined(__aarch64__)

uint32_t detect() {
  uint32_t found = mask(Isa::kNeon);
#if defined(__linux__)
  constexpr unsigned long kHwcapAsimdHp = 1ul << 10, kHwcapAsimdDp = 1ul << 20;
  constexpr unsigned long kHwcap2I8mm = 1ul << 13;
  if ((getauxval(AT_HWCAP) & kHwcapAsimdHp) != 0) found |= mask(Isa::kFp16);
  if ((getauxval(AT_HWCAP) & kHwcapAsimdDp) == 0) return found;
  found |= mask(Isa::kDotprod);
  if ((getauxval(AT_HWCAP2) & kHwcap2I8mm) != 0) found |= mask(Isa::kI8mm);
#endif
  return found;
}

#elif defined(__arm__) && defined(__linux__)

uint32_t detect() {
  constexpr unsigned long kHwcapNeon = 1ul << 12;
  return (getauxval(AT_HWCAP) & kHwcapNeon) != 0 ? mask(Isa::kNeon) : 0;
}

#else

uint32_t detect() { return 0; }

#endif

// The instruction set that EDGERT_ISA names, or the last one where it does not cap anything.
Isa cap() {
  const Isa none = kAll[sizeof(kAll) / sizeof(kAll[0]) - 1];
  const char* wanted = std::getenv("EDGERT_ISA");
  if (wanted == nullptr || *wanted == '\0') return none;
#if defined(__aarch64__) || defined(__arm__)
  constexpr bool kArm = true;
#else
  constexpr bool kArm = false;
#endif
  for (Isa isa : kAll) {
    const bool here = isa == Isa::kScalar || (isa >= Isa::kNeon) == kArm;
    if (here && std::strcmp(isa_name(isa), wanted) == 0) return isa;
  }
  std::fprintf(stderr,
               "edgert: EDGERT_ISA=%s is no instruction set of this architecture; ignored\n",
               wanted);
  return none;
}

Isa select() {
  const Isa highest = cap();
  Isa best = Isa::kScalar;
  for (Isa isa : kAll) {
    if (isa <= highest && isa_supported(isa)) best = isa;
  }
  return best;
}

}  // namespace

const char* isa_name(Isa isa) {
  switch (isa) {
    case Isa::kScalar:
      return "scalar";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512Vnni:
      return "avx512vnni";
    case Isa::kNeon:
      return "neon";
    case Isa::kFp16:
      return "fp16";
    case Isa::kDotprod:
      return "dotprod";
    case Isa::kI8mm:
      return "i8mm";
  }
  return "unknown";
}

// Both of these remember what they find, as virtual machines take microseconds for each `cpuid`.
// Threads that race there compute the same value.

bool isa_supported(Isa isa) {
  static std::atomic<uint32_t> supported{0};
  uint32_t value = supported.load(std::memory_order_relaxed);
  if (value == 0) {
    value = mask(Isa::kScalar) | detect();
    supported.store(value, std::memory_order_relaxed);
  }
  return (value & mask(isa)) != 0;
}

Isa isa_selected() {
  static std::atomic<int> selected{-1};
  int value = selected.load(std::memory_order_relaxed);
  if (value < 0) {
    value = static_cast<int>(select());
    selected.store(value, std::memory_order_relaxed);
  }
  return static_cast<Isa>(value);
}

bool isa_enabled(Isa isa) { return isa <= isa_selected() && isa_supported(isa); }

}  // namespace edgert
