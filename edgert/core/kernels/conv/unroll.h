// EDGERT_UNROLL in front of a loop over registers: unrolled completely, so that arrays become
// registers.
#ifndef EDGERT_KERNELS_CONV_UNROLL_H_
#define EDGERT_KERNELS_CONV_UNROLL_H_

#if defined(__clang__)
#define EDGERT_UNROLL _Pragma("clang loop unroll(full)")
#else
#define EDGERT_UNROLL _Pragma("GCC unroll 32")
#endif

#endif  // EDGERT_KERNELS_CONV_UNROLL_H_
