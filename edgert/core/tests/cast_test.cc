// The cast kernel between types that are storage only: floats of 8 and 4 bits, small integers.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "kernel_call.h"
#include "kernels/elementwise/minifloat.h"

namespace edgert {
namespace {

using testing::TestCall;
using testing::TestTensor;

constexpr DType kMinifloats[] = {DType::kF8E4M3FN,   DType::kF8E4M3FNUZ, DType::kF8E5M2,
                                 DType::kF8E5M2FNUZ, DType::kF8E8M0,     DType::kF4E2M1};
constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// Casts between bytes read as `dtype` and T.
template <typename T>
std::vector<T> from_bytes(DType dtype, const std::vector<uint8_t>& bytes) {
  const int n = static_cast<int>(bytes.size());
  TestTensor<uint8_t> x = TestTensor<uint8_t>::of({n}, bytes);
  x.tensor().dtype = dtype;
  TestTensor<T> y({n});
  TestCall("cast").input(&x).output(&y).prepare_and_run();
  CHECK(y.untouched());
  return y.values();
}

template <typename T>
std::vector<uint8_t> to_bytes(DType dtype, const std::vector<T>& values, int overflow = 0,
                              int rounding = 0) {
  const int n = static_cast<int>(values.size());
  TestTensor<T> x = TestTensor<T>::of({n}, values);
  TestTensor<uint8_t> y({n});
  y.tensor().dtype = dtype;
  TestCall call("cast");
  call.input(&x).output(&y).set("overflow", overflow).set("rounding", rounding);
  call.prepare_and_run();
  CHECK(y.untouched());
  return y.values();
}

std::vector<uint8_t> all_codes(DType dtype) {
  std::vector<uint8_t> codes;
  for (int i = 0; i < (dtype == DType::kF4E2M1 ? 16 : 256); ++i) {
    codes.push_back(static_cast<uint8_t>(i));
  }
  return codes;
}

}  // namespace

TEST_CASE("every finite code of a small float comes back as itself") {
  for (const DType dtype : kMinifloats) {
    const std::vector<uint8_t> codes = all_codes(dtype);
    const std::vector<float> values = from_bytes<float>(dtype, codes);
    const std::vector<uint8_t> back = to_bytes(dtype, values, 1);
    for (size_t i = 0; i < codes.size(); ++i) {
      CAPTURE(static_cast<int>(dtype));
      CAPTURE(i);
      if (std::isfinite(values[i])) CHECK(back[i] == codes[i]);
      if (std::isnan(values[i])) CHECK(std::isnan(from_bytes<float>(dtype, {back[i]})[0]));
    }
  }
}

TEST_CASE("small floats: largest values, infinities and ties") {
  CHECK(from_bytes<float>(DType::kF8E4M3FN, {0x7e, 0x01})[0] == 448.0f);
  CHECK(from_bytes<float>(DType::kF8E5M2, {0x7b, 0x7c}) == std::vector<float>{57344.0f, kInf});
  CHECK(from_bytes<float>(DType::kF4E2M1, {0x07, 0x0f}) == std::vector<float>{6.0f, -6.0f});
  const std::vector<float> x = {464.0f, 465.0f, -kInf, kNaN, 0.0f, -0.0f, 17.0f, 19.0f};
  CHECK(to_bytes(DType::kF8E4M3FN, x) ==
        std::vector<uint8_t>{0x7e, 0x7e, 0xfe, 0x7f, 0x00, 0x80, 0x58, 0x5a});
  CHECK(to_bytes(DType::kF8E4M3FN, x, 1) ==
        std::vector<uint8_t>{0x7e, 0x7f, 0xff, 0x7f, 0x00, 0x80, 0x58, 0x5a});
  CHECK(to_bytes(DType::kF8E4M3FNUZ, x, 1)[2] == 0x80);
  CHECK(to_bytes(DType::kF8E4M3FNUZ, x)[5] == 0x00);
  CHECK(to_bytes(DType::kF8E5M2, x, 1)[2] == 0xfc);
  const std::vector<float> powers = {1.1f, 0.0f, kInf};
  CHECK(to_bytes(DType::kF8E8M0, powers, 0, MinifloatRounding::kUp) ==
        std::vector<uint8_t>{128, 0, 254});
  CHECK(to_bytes(DType::kF8E8M0, powers, 1, MinifloatRounding::kDown)[0] == 127);
  CHECK(to_bytes(DType::kF8E8M0, powers, 1)[1] == 255);
}

TEST_CASE("integers of four and two bits lie in the lowest bits") {
  CHECK(from_bytes<int64_t>(DType::kS4, {0x08, 0x0f, 0x07, 0xf1}) ==
        std::vector<int64_t>{-8, -1, 7, 1});
  CHECK(from_bytes<int64_t>(DType::kU2, {0x03, 0xfe}) == std::vector<int64_t>{3, 2});
  CHECK(to_bytes(DType::kS4, std::vector<int64_t>{-8, 9}) == std::vector<uint8_t>{0x08, 0x09});
  CHECK(to_bytes(DType::kU2, std::vector<float>{2.9f, -1.0f, 5.0f}) ==
        std::vector<uint8_t>{2, 3, 1});
}

TEST_CASE("cast refuses what it does not know") {
  TestTensor<float> x({4});
  TestTensor<uint8_t> y({4});
  TestCall call("cast");
  call.input(&x).output(&y);
  SUBCASE("overflow") { call.set("overflow", 2); }
  SUBCASE("rounding") { call.set("rounding", 3); }
  CHECK(call.prepare() != Status::kOk);
}

}  // namespace edgert
