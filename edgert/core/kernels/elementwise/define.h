// For the files in ops/: makes an ElementwiseOp of functions on one element.
//
//   struct LeakyRelu {
//     static EDGERT_INLINE float f32(float x, Immediates k) { return x < 0.0f ? x * k.a : x; }
//   };
//   const ElementwiseOp registration = define_elementwise<LeakyRelu>("leaky_relu");
//
// `f32` and, where integers make sense, `s64` (and `f64`, where the result is exact) take none to
// three operands and, last, optionally the immediates. The compiler vectorizes them: branches must
// be such that they can become selects, and kernels/elementwise/math.h takes the place of libm, as
// results must be the same bits on every machine. Functions that models hardly use set
// `static constexpr bool kRare = true`: they are compiled once, not for every instruction set.
#ifndef EDGERT_KERNELS_ELEMENTWISE_DEFINE_H_
#define EDGERT_KERNELS_ELEMENTWISE_DEFINE_H_

#include <type_traits>

#include "kernels/elementwise/elementwise.h"

namespace edgert {
namespace internal {

template <typename Function>
struct Signature;
template <typename T, typename... Args>
struct Signature<T (*)(Args...)> {
  static constexpr bool kImmediates = (std::is_same_v<Args, Immediates> || ...);
  static constexpr int kArity = static_cast<int>(sizeof...(Args)) - (kImmediates ? 1 : 0);
};

// Body of multiversion.h. Call::of(...) is Op::f32(...), Op::s64(...) or Op::f64(...).
template <typename T, typename Signature, typename Call>
struct ElementwiseBody {
  template <typename... Args>
  static EDGERT_INLINE T one(Immediates k, Args... args) {
    if constexpr (Signature::kImmediates) {
      return Call::of(args..., k);
    } else {
      return Call::of(args...);
    }
  }

  static EDGERT_INLINE T at(size_t i, const T* x0, const T* x1, const T* x2, Immediates k) {
    if constexpr (Signature::kArity == 0) return one(k);
    if constexpr (Signature::kArity == 1) return one(k, x0[i]);
    if constexpr (Signature::kArity == 2) return one(k, x0[i], x1[i]);
    if constexpr (Signature::kArity == 3) return one(k, x0[i], x1[i], x2[i]);
  }

  static EDGERT_INLINE void run(T* y, const T* x0, const T* x1, const T* x2, Immediates k,
                                size_t blocks) {
    const size_t n = blocks * kElementwiseLanes;
    if constexpr (Call::kBlockwise) {
      for (size_t begin = 0; begin < n; begin += kElementwiseLanes) {
        T results[kElementwiseLanes];
        EDGERT_LANES for (size_t j = 0; j < kElementwiseLanes; ++j) {
          results[j] = at(begin + j, x0, x1, x2, k);
        }
        EDGERT_LANES for (size_t j = 0; j < kElementwiseLanes; ++j) y[begin + j] = results[j];
      }
    } else {
      EDGERT_INDEPENDENT
      for (size_t i = 0; i < n; ++i) y[i] = at(i, x0, x1, x2, k);
    }
  }
};

template <typename Op, typename = void>
constexpr bool kIsRare = false;
template <typename Op>
constexpr bool kIsRare<Op, std::void_t<decltype(Op::kRare)>> = Op::kRare;

// Where vectors are short, a loop's own instructions weigh as much as the operator: there it takes
// all lanes of a block at once.
#if defined(__aarch64__)
constexpr bool kShortVectors = true;
#else
constexpr bool kShortVectors = false;
#endif

template <typename Op, typename = void>
struct F32 {
  static constexpr bool kDefined = false;
  static constexpr int kArity = 0;
  static constexpr Versions<ElementwiseLoop<float>> versions{};
};
template <typename Op>
struct F32<Op, std::void_t<decltype(&Op::f32)>> : Signature<decltype(&Op::f32)> {
  static constexpr bool kDefined = true;
  static constexpr bool kBlockwise = kShortVectors && !kIsRare<Op>;
  template <typename... Args>
  static EDGERT_INLINE float of(Args... args) {
    return Op::f32(args...);
  }
  static constexpr auto chosen_versions() {
    using Body = ElementwiseBody<float, F32, F32>;
    if constexpr (kIsRare<Op>) {
      return baseline_of<Body>();
    } else {
      return versions_of<Body>();
    }
  }
  static constexpr auto versions = chosen_versions();
};

template <typename Op, typename = void>
struct S64 {
  static constexpr bool kDefined = false;
  static constexpr int kArity = 0;
  static constexpr Versions<ElementwiseLoop<int64_t>> versions{};
};
template <typename Op>
struct S64<Op, std::void_t<decltype(&Op::s64)>> : Signature<decltype(&Op::s64)> {
  static constexpr bool kDefined = true;
  static constexpr bool kBlockwise = false;
  template <typename... Args>
  static EDGERT_INLINE int64_t of(Args... args) {
    return Op::s64(args...);
  }
  // Integer operands are shapes and indices: few. One version is enough.
  static constexpr auto versions = baseline_of<ElementwiseBody<int64_t, S64, S64>>();
};

template <typename Op, typename = void>
struct F64 {
  static constexpr bool kDefined = false;
  static constexpr Versions<ElementwiseLoop<double>> versions{};
};
template <typename Op>
struct F64<Op, std::void_t<decltype(&Op::f64)>> : Signature<decltype(&Op::f64)> {
  static constexpr bool kDefined = true;
  static constexpr bool kBlockwise = false;
  template <typename... Args>
  static EDGERT_INLINE double of(Args... args) {
    return Op::f64(args...);
  }
  static constexpr auto versions = baseline_of<ElementwiseBody<double, F64, F64>>();
};

}  // namespace internal

template <typename Op>
ElementwiseOp define_elementwise(const char* name) {
  using internal::F32;
  using internal::F64;
  using internal::S64;
  constexpr int kArity = F32<Op>::kDefined ? F32<Op>::kArity : S64<Op>::kArity;
  static_assert(!F32<Op>::kDefined || !S64<Op>::kDefined || F32<Op>::kArity == S64<Op>::kArity,
                "an operator has the same operands in both domains");
  static_assert(!F64<Op>::kDefined || F32<Op>::kDefined, "what doubles have, floats have");
  return {name, kArity, F32<Op>::versions, S64<Op>::versions, F64<Op>::versions};
}

}  // namespace edgert

#endif  // EDGERT_KERNELS_ELEMENTWISE_DEFINE_H_
