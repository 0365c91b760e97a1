#include "kernels/conv/activation.h"

#include "kernels/conv/geometry.h"
#include "kernels/elementwise/math.h"
#include "kernels/multiversion.h"

namespace edgert {
namespace {

struct Constants {
  float alpha, beta, act_min, act_max;
};

struct LeakyRelu {
  static EDGERT_INLINE float f(float x, const Constants& k) { return x < 0.0f ? x * k.alpha : x; }
};
struct HardSwish {
  static EDGERT_INLINE float f(float x, const Constants&) {
    return x * math::min(math::max(x * (1.0f / 6.0f) + 0.5f, 0.0f), 1.0f);
  }
};
struct Silu {
  static EDGERT_INLINE float f(float x, const Constants&) { return x * math::sigmoid(x); }
};
struct Sigmoid {
  static EDGERT_INLINE float f(float x, const Constants&) { return math::sigmoid(x); }
};
struct Tanh {
  static EDGERT_INLINE float f(float x, const Constants&) { return math::tanh(x); }
};
struct HardSigmoid {
  static EDGERT_INLINE float f(float x, const Constants& k) {
    return math::min(math::max(x * k.alpha + k.beta, 0.0f), 1.0f);
  }
};
struct GeluErf {
  static EDGERT_INLINE float f(float x, const Constants&) {
    return 0.5f * x * (1.0f + math::erf(x * 0.70710678f));
  }
};

template <typename Op>
struct Loop {
  static EDGERT_INLINE void run(float* y, int64_t n, Constants k) {
    EDGERT_INDEPENDENT
    for (int64_t i = 0; i < n; ++i) {
      y[i] = math::min(math::max(Op::f(y[i], k), k.act_min), k.act_max);
    }
  }
};

}  // namespace

Status FloatEpilogue::check(const Call& call) const {
  EDGERT_CHECK(call, activation_ >= Activation::kNone && activation_ < Activation::kCount,
               "activation %d is unknown", static_cast<int>(activation_));
  return check_clamp(call, act_min_, act_max_);
}

void FloatEpilogue::apply(float* y, int64_t n) const {
  const Constants k{alpha_, beta_, act_min_, act_max_};
  switch (activation_) {
    case Activation::kNone:
    case Activation::kCount:
      return;
    case Activation::kLeakyRelu:
      return multiversion<Loop<LeakyRelu>>(y, n, k);
    case Activation::kHardSwish:
      return multiversion<Loop<HardSwish>>(y, n, k);
    case Activation::kSilu:
      return multiversion<Loop<Silu>>(y, n, k);
    case Activation::kSigmoid:
      return multiversion<Loop<Sigmoid>>(y, n, k);
    case Activation::kTanh:
      return multiversion<Loop<Tanh>>(y, n, k);
    case Activation::kHardSigmoid:
      return multiversion<Loop<HardSigmoid>>(y, n, k);
    case Activation::kGeluErf:
      return multiversion<Loop<GeluErf>>(y, n, k);
  }
}

}  // namespace edgert
