#include "kernels/conv/activation.h"

#include <algorithm>

#include "kernels/conv/geometry.h"
#include "kernels/elementwise/convert.h"

namespace edgert {
namespace {

// By number. The formulas are those of the elementwise operators of these names.
constexpr const char* kNames[] = {nullptr,   "leaky_relu", "hard_swish",   "silu",
                                  "sigmoid", "tanh",       "hard_sigmoid", "gelu"};
constexpr auto kCount = static_cast<int32_t>(sizeof(kNames) / sizeof(kNames[0]));
constexpr int64_t kLanes = kElementwiseLanes;

}  // namespace

FloatEpilogue::FloatEpilogue(int32_t activation, Immediates constants, float act_min, float act_max)
    : activation_(activation), constants_(constants), act_min_(act_min), act_max_(act_max) {
  if (activation <= 0 || activation >= kCount) return;
  function_ = find_elementwise_op(kNames[activation])->f32.selected();
  if (act_min > -__builtin_inff() || act_max < __builtin_inff()) {
    clip_ = find_elementwise_op("clip")->f32.selected();
  }
}

Status FloatEpilogue::check(const Call& call) const {
  EDGERT_CHECK(call, activation_ >= 0 && activation_ < kCount, "activation %d is unknown",
               activation_);
  return check_clamp(call, act_min_, act_max_);
}

void FloatEpilogue::apply_blocks(float* y, size_t blocks) const {
  function_(y, y, nullptr, nullptr, constants_, blocks);
  if (clip_ != nullptr) clip_(y, y, nullptr, nullptr, {act_min_, act_max_}, blocks);
}

void FloatEpilogue::apply(float* y, int64_t n) const {
  if (in_kernel()) return;
  const int64_t whole = n / kLanes * kLanes;
  if (whole > 0) apply_blocks(y, static_cast<size_t>(whole / kLanes));
  if (whole == n) return;
  float rest[kLanes] = {};
  std::copy(y + whole, y + n, rest);
  apply_blocks(rest, 1);
  std::copy(rest, rest + (n - whole), y + whole);
}

void FloatEpilogue::apply(Half* y, int64_t n) const {
  if (in_kernel()) return;
  constexpr int64_t kPiece = 16 * kLanes;
  float values[kPiece] = {};
  for (int64_t done = 0; done < n; done += kPiece) {
    const int64_t count = std::min(kPiece, n - done);
    load(values, y + done, DType::kF16, count, {});
    apply_blocks(values, static_cast<size_t>((count + kLanes - 1) / kLanes));
    store(y + done, values, DType::kF16, count, {});
  }
}

}  // namespace edgert
