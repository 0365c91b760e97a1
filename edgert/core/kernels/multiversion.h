// One loop, compiled for every instruction set from one source.
//
// For loops that the compiler vectorizes well by itself. The body is a struct with a static
// function `run`, always inlined and built from plain C++ on floats and integers; it is
// instantiated in functions that differ in their target attribute only. As nothing is contracted
// into an FMA and nothing is reassociated, all versions give the same bits. (Loops that need
// intrinsics are microkernels instead, see runtime/microkernel.h.)
//
//   struct Negate {
//     static EDGERT_INLINE void run(float* y, const float* x, int64_t n) { ... }
//   };
//   multiversion<Negate>(y, x, n);
#ifndef EDGERT_KERNELS_MULTIVERSION_H_
#define EDGERT_KERNELS_MULTIVERSION_H_

#include <type_traits>

#include "runtime/isa.h"

#define EDGERT_INLINE __attribute__((always_inline)) inline
#define EDGERT_INLINE_LAMBDA __attribute__((always_inline))

// In front of a loop: iterations are independent, even where pointers are equal.
#if defined(__clang__)
#define EDGERT_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define EDGERT_INDEPENDENT _Pragma("GCC ivdep")
#endif

// In front of a loop over the 16 lanes of a block: where vectors are short it is unrolled, which
// keeps arrays of lanes in registers; where one vector takes all lanes, it is left to the compiler.
#if defined(__aarch64__) && defined(__clang__)
#define EDGERT_LANES _Pragma("clang loop unroll(full)")
#elif defined(__aarch64__)
#define EDGERT_LANES _Pragma("GCC unroll 16")
#else
#define EDGERT_LANES
#endif

#if defined(__x86_64__) || defined(__i386__)
#define EDGERT_VERSIONS 3
#define EDGERT_TARGET_AVX2 __attribute__((target("avx2,f16c")))
#if defined(__clang__)
#define EDGERT_TARGET_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,f16c"), min_vector_width(512)))
#else
#define EDGERT_TARGET_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,f16c,prefer-vector-width=512")))
#endif
#elif defined(__arm__)
// g++ vectorizes loops over integers for NEON of 32 bits, but none over floats, as it flushes
// subnormal numbers. A body for which that makes no difference may have a function `run_neon` with
// the arguments and EDGERT_TARGET_NEON.
#define EDGERT_VERSIONS 2
#define EDGERT_TARGET_NEON __attribute__((target("fpu=neon")))
#else
#define EDGERT_VERSIONS 1
#endif

namespace edgert {

// Index into the versions below for an instruction set: 0 is the baseline of the build.
constexpr int version_of(Isa isa) {
  if (EDGERT_VERSIONS == 2) return isa == Isa::kNeon ? 1 : 0;
  return EDGERT_VERSIONS == 1 ? 0 : static_cast<int>(isa);
}
static_assert(EDGERT_VERSIONS != 3 ||
              (version_of(Isa::kAvx2) == 1 && version_of(Isa::kAvx512Vnni) == 2));

// A function of each version, by version index.
template <typename Function>
struct Versions {
  Function functions[EDGERT_VERSIONS] = {};

  Function selected() const { return functions[version_of(isa_selected())]; }
  constexpr explicit operator bool() const { return functions[0] != nullptr; }
};

namespace internal {
#if EDGERT_VERSIONS == 2
template <typename Body, typename = void>
constexpr bool kHasNeonBody = false;
template <typename Body>
constexpr bool kHasNeonBody<Body, std::void_t<decltype(&Body::run_neon)>> = true;
#endif

template <typename Body, typename... Args>
struct Instantiate {
  static void baseline(Args... args) { Body::run(args...); }
#if EDGERT_VERSIONS == 3
  EDGERT_TARGET_AVX2 static void avx2(Args... args) { Body::run(args...); }
  EDGERT_TARGET_AVX512 static void avx512(Args... args) { Body::run(args...); }
  static constexpr Versions<void (*)(Args...)> versions{{baseline, avx2, avx512}};
  static constexpr Versions<void (*)(Args...)> only_baseline{{baseline, baseline, baseline}};
#elif EDGERT_VERSIONS == 2
  EDGERT_TARGET_NEON static void neon(Args... args) {
    if constexpr (kHasNeonBody<Body>) {
      Body::run_neon(args...);
    } else {
      Body::run(args...);
    }
  }
  static constexpr Versions<void (*)(Args...)> versions{{baseline, neon}};
  static constexpr Versions<void (*)(Args...)> only_baseline{{baseline, baseline}};
#else
  static constexpr Versions<void (*)(Args...)> versions{{baseline}};
  static constexpr Versions<void (*)(Args...)> only_baseline{{baseline}};
#endif
};

template <typename Body, typename Function>
struct VersionsOf;
template <typename Body, typename... Args>
struct VersionsOf<Body, void (*)(Args...)> : Instantiate<Body, Args...> {};
}  // namespace internal

// All versions of Body::run, e.g. to test them against each other.
template <typename Body>
constexpr auto versions_of() {
  return internal::VersionsOf<Body, decltype(&Body::run)>::versions;
}

// Body::run compiled once, for loops that are too rare to spend code on.
template <typename Body>
constexpr auto baseline_of() {
  return internal::VersionsOf<Body, decltype(&Body::run)>::only_baseline;
}

// Runs the version for this machine.
template <typename Body, typename... Args>
EDGERT_INLINE void multiversion(const Args&... args) {
  versions_of<Body>().selected()(args...);
}

}  // namespace edgert

#endif  // EDGERT_KERNELS_MULTIVERSION_H_
