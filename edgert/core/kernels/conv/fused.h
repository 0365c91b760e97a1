// Fused multiply-add for scalar code: a * b + c, rounded once.
//
// For the baseline of the build, which on x86 has no such instruction; the library function is slow
// there. Hence the sum is computed in double, where the product is exact, and rounded to odd, so
// that the second rounding, to float, errs no more than a single one would: S. Boldo and G.
// Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to
// odd", IEEE Transactions on Computers 57(4), 2008.
#ifndef EDGERT_KERNELS_CONV_FUSED_H_
#define EDGERT_KERNELS_CONV_FUSED_H_

#include <cstdint>
#include <cstring>

#include "kernels/multiversion.h"
#include "runtime/microkernel.h"

namespace edgert {

// Of floats, exactly; the payload of a NaN is undefined. Without branches: loops are vectorized.
EDGERT_INLINE float emulated_fma(float a, float b, float c) {
  const double product = double{a} * double{b};
  const double addend = double{c};
  const double sum = product + addend;
  // What the sum lacks, exactly (D. Knuth's TwoSum); NaN where it is infinite or NaN itself.
  const double part = sum - product;
  const double error = (product - (sum - part)) + (addend - part);
  uint64_t bits, error_bits;
  std::memcpy(&bits, &sum, sizeof(bits));
  std::memcpy(&error_bits, &error, sizeof(error_bits));
  // One less in magnitude where the sum was rounded away from zero; then the last bit tells that
  // something follows.
  const uint64_t odd = (bits - ((bits ^ error_bits) >> 63)) | 1;
  bits = __builtin_fabs(error) > 0.0 ? odd : bits;
  double rounded;
  std::memcpy(&rounded, &bits, sizeof(rounded));
  return static_cast<float>(rounded);
}

EDGERT_INLINE float fused_multiply_add(float a, float b, float c) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  return __builtin_fmaf(a, b, c);
#else
  return emulated_fma(a, b, c);
#endif
}

// How a loop adds a product to a sum.
struct Fused {
  static EDGERT_INLINE float product(float a, float b, float sum) {
    return fused_multiply_add(a, b, sum);
  }
};
struct Rounded {
  static EDGERT_INLINE float product(float a, float b, float sum) { return sum + a * b; }
};

// The variant of a family for a call: where sums are to be fused, one that fuses them.
template <typename Ops>
const Ops& best_float_variant(bool fused) {
  return Microkernel<Ops>::best([=](const Ops& ops) { return ops.fuses || !fused; }).ops();
}

}  // namespace edgert

#endif  // EDGERT_KERNELS_CONV_FUSED_H_
