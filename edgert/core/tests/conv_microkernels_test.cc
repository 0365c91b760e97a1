// Every enabled variant of the convolution microkernels against the scalar one, bit by bit: int8,
// and float with fused multiply-adds; without, the scalar one differs by rounding. Operands are
// exactly as large as the contract says, so that AddressSanitizer sees any access beyond.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "kernels/conv/depthwise_f32.h"
#include "kernels/conv/depthwise_s8.h"
#include "kernels/conv/gemm_f32.h"
#include "kernels/conv/gemm_s8.h"
#include "kernels/conv/geometry.h"
#include "runtime/microkernel.h"
#include "tests/kernel_call.h"

namespace edgert {
namespace {

using testing::Random;

template <typename Ops>
const Ops& scalar() {
  const Microkernel<Ops>* m = Microkernel<Ops>::first();
  while (m->isa() != Isa::kScalar) m = m->next();
  return m->ops();
}

// Calls visit(ops) for every variant that may run here but the scalar one.
template <typename Ops, typename Visit>
void for_each_variant(const Visit& visit) {
  for (const Microkernel<Ops>* m = Microkernel<Ops>::first(); m != nullptr; m = m->next()) {
    if (m->isa() == Isa::kScalar || !isa_enabled(m->isa())) continue;
    CAPTURE(isa_name(m->isa()));
    visit(m->ops());
  }
}

template <typename T>
std::vector<T> random_values(Random& random, int64_t n, float low, float high) {
  std::vector<T> values(static_cast<size_t>(n));
  for (T& v : values) {
    if constexpr (std::is_same_v<T, float>) {
      v = random.real(low, high);
    } else {
      v = static_cast<T>(random.integer(static_cast<int>(low), static_cast<int>(high)));
    }
  }
  return values;
}

// `count` vectors of `length` elements, and pointers to them.
template <typename T>
struct Rows {
  std::vector<std::vector<T>> storage;
  std::vector<const T*> pointers;

  Rows(Random& random, int count, int64_t length, float low, float high) {
    for (int i = 0; i < count; ++i) {
      storage.push_back(random_values<T>(random, length, low, high));
      pointers.push_back(storage.back().data());
    }
  }
  // The windows of `taps` rows are `stride` rows apart, as those of neighbouring outputs are.
  void overlap(int taps, int stride) {
    for (size_t i = static_cast<size_t>(taps); i < pointers.size(); ++i) {
      const size_t tap = i % static_cast<size_t>(taps) + static_cast<size_t>(stride);
      if (tap < static_cast<size_t>(taps))
        pointers[i] = pointers[i - i % static_cast<size_t>(taps) - static_cast<size_t>(taps) + tap];
    }
  }
  std::vector<const void*> untyped() const { return {pointers.begin(), pointers.end()}; }
};

// `count` output vectors, and pointers to them.
template <typename T>
struct Outputs {
  std::vector<std::vector<T>> storage;
  std::vector<void*> pointers;

  Outputs(int count, int64_t length)
      : storage(static_cast<size_t>(count), std::vector<T>(static_cast<size_t>(length), T{55})) {
    for (auto& row : storage) pointers.push_back(row.data());
  }
};

bool same_bits(float a, float b) { return std::memcmp(&a, &b, sizeof(a)) == 0; }

// Whether fused sums are the same bits, and others close, to `products` of at most 1 each.
bool agree(const Outputs<float>& a, const Outputs<float>& b, bool fused, int64_t products) {
  const float tolerance = 1e-6f * static_cast<float>(products + 8);
  for (size_t i = 0; i < a.storage.size(); ++i) {
    for (size_t j = 0; j < a.storage[i].size(); ++j) {
      const float x = a.storage[i][j], y = b.storage[i][j];
      if (fused ? !same_bits(x, y) : !(std::fabs(x - y) <= tolerance)) return false;
    }
  }
  return true;
}

int padded(int channels) { return (channels + 15) / 16 * 16; }

// Per-channel vectors and epilogue parameters of both int8 families.
struct Channels {
  std::vector<int32_t> bias, weight_sum;
  std::vector<float> scale, post_bias;

  // `weights`: [blocks][k / 4][16][4].
  Channels(Random& random, const std::vector<int8_t>& weights, int channels, int64_t k,
           bool extreme)
      : bias(random_values<int32_t>(random, padded(channels), -30000, 30000)),
        weight_sum(static_cast<size_t>(padded(channels))),
        scale(random_values<float>(random, padded(channels), 0, 0.02f)),
        post_bias(random_values<float>(random, padded(channels), -30, 30)) {
    for (size_t i = 0; i < weights.size(); ++i) {
      weight_sum[i / static_cast<size_t>(k * 16) * 16 + i % 64 / 4] += weights[i];
    }
    if (!extreme) return;
    // Sums that wrap, products that overflow every integer.
    for (size_t c = 0; c < bias.size(); c += 3) bias[c] = std::numeric_limits<int32_t>::max() - 5;
    for (size_t c = 0; c < scale.size(); c += 2) scale[c] = c % 4 == 0 ? 1e30f : -1e38f;
  }

  template <typename Args>
  void set(Args& args, Random& random, bool extreme) const {
    args.bias = bias.data();
    args.weight_sum = weight_sum.data();
    args.scale = scale.data();
    args.y_zero_point = extreme ? random.integer(0, 1) * 255 - 128 : random.integer(-128, 127);
    args.residual_zero_point = random.integer(-128, 127);
    args.residual_scale = random.real(-2, 2);
    args.act_min = static_cast<float>(-128 - args.y_zero_point) + random.real(0, 30);
    args.act_max = static_cast<float>(127 - args.y_zero_point) - random.real(0, 30);
    args.bounded = !extreme;
  }
};

// Weights with zeros in channels past the last one.
template <typename T>
std::vector<T> packed_weights(Random& random, int channels, int64_t k, int step, float low,
                              float high) {
  auto weights = random_values<T>(random, padded(channels) * k, low, high);
  for (size_t i = 0; i < weights.size(); ++i) {
    const auto lane = i % static_cast<size_t>(16 * step) / static_cast<size_t>(step);
    if (i / static_cast<size_t>(16 * k) * 16 + lane >= static_cast<size_t>(channels))
      weights[i] = 0;
  }
  return weights;
}

template <typename T>
void check_gemm_s8(uint32_t seed) {
  Random random(seed);
  const bool extreme = seed % 4 == 0;
  GemmS8Args args{};
  args.runs = random.integer(1, 4);
  // Some blocks of weights are larger than what variants keep on the stack.
  args.run_bytes = 4 * (seed % 100 == 7 ? 900 : random.integer(1, seed % 10 == 0 ? 70 : 12));
  args.channels = random.integer(1, 100);
  const int64_t k = int64_t{args.runs} * args.run_bytes;
  args.full_range = seed % 5 == 0;
  const float low = args.full_range ? -128.0f : -127.0f;
  const float high = seed % 15 == 0 ? low : 127.0f;  // or the largest products only
  const auto weights = packed_weights<int8_t>(random, args.channels, k, 4, low, high);
  const Channels channels(random, weights, args.channels, k, extreme);
  channels.set(args, random, extreme);
  args.weights = weights.data();
  if (std::is_same_v<T, float> && seed % 3 == 0) args.post_bias = channels.post_bias.data();
  for_each_variant<GemmS8>([&](const GemmS8& gemm) {
    args.pixels = random.integer(1, gemm.mr);
    CAPTURE(args.pixels);
    CAPTURE(args.channels);
    const Rows<int8_t> x(random, args.runs * args.pixels, args.run_bytes, -128,
                         seed % 30 == 0 ? -128 : 127);
    const auto pixel_bias = random_values<int32_t>(random, args.pixels, -30000, 30000);
    args.pixel_bias = seed % 7 < 4 ? pixel_bias.data() : nullptr;
    const Rows<T> residual(random, args.pixels, args.channels, -128, 127);
    const auto residual_pointers = residual.untyped();
    Outputs<T> expected(args.pixels, args.channels + 3), actual(args.pixels, args.channels + 3);
    args.rows = x.pointers.data();
    args.residual = seed % 2 == 0 ? residual_pointers.data() : nullptr;
    const auto function = std::is_same_v<T, float> ? &GemmS8::f32 : &GemmS8::s8;
    // One pixel at a time, as the scalar variant may take fewer.
    for (int32_t p = 0; p < args.pixels; ++p) {
      GemmS8Args one = args;
      std::vector<const int8_t*> rows;
      for (int32_t r = 0; r < args.runs; ++r) rows.push_back(args.rows[r * args.pixels + p]);
      one.pixels = 1;
      one.rows = rows.data();
      one.y = expected.pointers.data() + p;
      one.residual = args.residual != nullptr ? args.residual + p : nullptr;
      one.pixel_bias = args.pixel_bias != nullptr ? args.pixel_bias + p : nullptr;
      (scalar<GemmS8>().*function)(one);
    }
    args.y = actual.pointers.data();
    (gemm.*function)(args);
    CHECK(expected.storage == actual.storage);
  });
}

template <typename T>
void check_depthwise_s8(uint32_t seed) {
  Random random(seed);
  const bool extreme = seed % 4 == 0;
  DepthwiseS8Args args{};
  const int size = random.integer(1, 8);
  args.kernel_h = seed % 3 == 0 ? random.integer(1, 9) : size;
  args.kernel_w = seed % 3 == 0 ? random.integer(1, 9) : size;
  if (seed % 3 == 1) args.kernel_h = args.kernel_w = 3;
  if (seed % 9 == 2) args.kernel_h = 6, args.kernel_w = 3;
  args.stride_w = random.integer(1, 3);
  args.channels = random.integer(1, 150);
  args.x_columns = random.integer(1, 20);
  args.first_column = random.integer(-args.kernel_w, 2);
  args.height = random.integer(1, 3);
  args.width = random.integer(1, 20);
  args.x_step = args.channels + random.integer(0, 5);
  args.y_step = args.channels + random.integer(0, 5);
  args.residual_step = args.channels + random.integer(0, 5);
  const int64_t k = args.kernel_w * int64_t{(args.kernel_h + 3) / 4 * 4};
  auto weights = packed_weights<int8_t>(random, args.channels, k, 4, -127, 127);
  for (size_t i = 0; i < weights.size(); ++i) {  // rows past the kernel
    const auto row = static_cast<int64_t>(i / 64 * 4 + i % 4) % (k / args.kernel_w);
    if (row >= args.kernel_h) weights[i] = 0;
  }
  for (int32_t c = 0; seed % 5 == 0 && c < args.channels; ++c) {  // one of a channel at most
    const int64_t column = random.integer(0, args.kernel_w - 1);
    const int64_t row = random.integer(0, args.kernel_h - 1);
    const int64_t at = c / 16 * 16 * k + (column * (k / args.kernel_w) + row) / 4 * 64;
    weights[static_cast<size_t>(at + c % 16 * 4 + row % 4)] = -128;
  }
  const Channels channels(random, weights, args.channels, k, extreme);
  channels.set(args, random, extreme);
  args.weights = weights.data();
  const auto span = [&](int64_t step, int columns) { return (columns - 1) * step + args.channels; };
  Rows<int8_t> x(random, args.height * args.kernel_h, span(args.x_step, args.x_columns), -128, 127);
  if (seed % 7 != 0) x.overlap(args.kernel_h, random.integer(1, 2));
  const Rows<T> residual(random, args.height, span(args.residual_step, args.width), -128, 127);
  const auto residual_pointers = residual.untyped();
  const auto padding = random_values<int8_t>(random, args.channels, -128, 127);
  args.rows = x.pointers.data();
  args.padding = padding.data();
  args.residual = seed % 2 == 0 ? residual_pointers.data() : nullptr;
  const auto function = std::is_same_v<T, float> ? &DepthwiseS8::f32 : &DepthwiseS8::s8;
  Outputs<T> expected(args.height, span(args.y_step, args.width));
  args.y = expected.pointers.data();
  (scalar<DepthwiseS8>().*function)(args);
  for_each_variant<DepthwiseS8>([&](const DepthwiseS8& depthwise) {
    CAPTURE(args.kernel_h);
    CAPTURE(args.kernel_w);
    CAPTURE(args.stride_w);
    CAPTURE(args.channels);
    Outputs<T> actual(args.height, span(args.y_step, args.width));
    args.y = actual.pointers.data();
    (depthwise.*function)(args);
    CHECK(expected.storage == actual.storage);
  });
}

}  // namespace

TEST_CASE("every gemm_s8 variant gives the bytes of the scalar one") {
  for (uint32_t seed = 0; seed < 600; ++seed) {
    CAPTURE(seed);
    check_gemm_s8<int8_t>(seed);
    check_gemm_s8<float>(seed);
  }
}

TEST_CASE("every depthwise_s8 variant gives the bytes of the scalar one") {
  for (uint32_t seed = 0; seed < 600; ++seed) {
    CAPTURE(seed);
    check_depthwise_s8<int8_t>(seed);
    check_depthwise_s8<float>(seed);
  }
}

TEST_CASE("every gemm_f32 variant agrees with the scalar one") {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    GemmF32Args args{};
    args.runs = random.integer(1, 4);
    args.run_length = random.integer(1, 40);
    args.channels = random.integer(1, 100);
    args.act_min = seed % 3 == 0 ? -0.5f : -std::numeric_limits<float>::infinity();
    args.act_max = seed % 3 == 0 ? 0.5f : std::numeric_limits<float>::infinity();
    const int64_t k = int64_t{args.runs} * args.run_length;
    const auto weights = packed_weights<float>(random, args.channels, k, 1, -1, 1);
    const auto bias = random_values<float>(random, padded(args.channels), -1, 1);
    args.weights = weights.data();
    args.bias = bias.data();
    for_each_variant<GemmF32>([&](const GemmF32& gemm) {
      args.pixels = random.integer(1, std::min(gemm.mr, scalar<GemmF32>().mr));
      CAPTURE(args.pixels);
      CAPTURE(args.channels);
      const Rows<float> x(random, args.runs * args.pixels, args.run_length, -1, 1);
      const Rows<float> residual(random, args.pixels, args.channels, -1, 1);
      const auto residual_pointers = residual.untyped();
      Outputs<float> expected(args.pixels, args.channels + 3);
      Outputs<float> actual(args.pixels, args.channels + 3);
      args.rows = x.pointers.data();
      args.residual = seed % 2 == 0 ? residual_pointers.data() : nullptr;
      args.fused = gemm.fuses && seed % 4 < 3;
      args.y = expected.pointers.data();
      scalar<GemmF32>().run(args);
      args.y = actual.pointers.data();
      gemm.run(args);
      CHECK(agree(expected, actual, args.fused, k));
    });
  }
}

TEST_CASE("gemm_f32 variants give an output the same bits in every tile") {
  Random random(7);
  constexpr int kLength = 37, kChannels = 50;
  const auto weights = packed_weights<float>(random, kChannels, kLength, 1, -1, 1);
  const auto bias = random_values<float>(random, padded(kChannels), -1, 1);
  for (const auto* m = Microkernel<GemmF32>::first(); m != nullptr; m = m->next()) {
    if (!isa_enabled(m->isa())) continue;
    CAPTURE(isa_name(m->isa()));
    const Rows<float> x(random, m->ops().mr, kLength, -1, 1);
    GemmF32Args args{};
    args.rows = x.pointers.data();
    args.runs = 1;
    args.run_length = kLength;
    args.channels = kChannels;
    args.weights = weights.data();
    args.bias = bias.data();
    args.act_min = -1e30f;
    args.act_max = 1e30f;
    Outputs<float> whole(m->ops().mr, kChannels);
    args.pixels = m->ops().mr;
    args.y = whole.pointers.data();
    m->ops().run(args);
    for (int32_t pixels = 1; pixels < m->ops().mr; ++pixels) {
      Outputs<float> part(pixels, kChannels);
      args.pixels = pixels;
      args.y = part.pointers.data();
      m->ops().run(args);
      CHECK(std::equal(part.storage.begin(), part.storage.end(), whole.storage.begin()));
    }
  }
}

TEST_CASE("every depthwise_f32 variant agrees with the scalar one") {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    DepthwiseF32Args args{};
    const int size = seed % 3 == 0 ? 5 : 3;
    args.kernel_h = seed % 2 == 0 ? size : random.integer(1, 8);
    args.kernel_w = seed % 2 == 0 ? size : random.integer(1, 8);
    if (seed % 6 == 1) args.kernel_h = 1;  // sequences
    args.stride_w = random.integer(1, 3);
    args.channels = random.integer(1, 70);
    args.x_columns = random.integer(1, 30);
    args.first_column = random.integer(-args.kernel_w, 2);
    args.height = random.integer(1, 3);
    args.width = random.integer(1, 20);
    args.x_step = args.channels + random.integer(0, 5);
    args.y_step = args.channels + random.integer(0, 5);
    args.residual_step = args.channels + random.integer(0, 5);
    args.act_min = seed % 3 == 0 ? -0.5f : -std::numeric_limits<float>::infinity();
    args.act_max = seed % 3 == 0 ? 0.5f : std::numeric_limits<float>::infinity();
    const int64_t k = int64_t{args.kernel_h} * args.kernel_w;
    const auto weights = packed_weights<float>(random, args.channels, k, 1, -1, 1);
    const auto bias = random_values<float>(random, padded(args.channels), -1, 1);
    const auto span = [&](int64_t step, int columns) {
      return (columns - 1) * step + args.channels;
    };
    const Rows<float> x(random, args.height * args.kernel_h, span(args.x_step, args.x_columns), -1,
                        1);
    const Rows<float> residual(random, args.height, span(args.residual_step, args.width), -1, 1);
    const auto residual_pointers = residual.untyped();
    args.rows = x.pointers.data();
    args.weights = weights.data();
    args.bias = bias.data();
    args.residual = seed % 4 < 2 ? residual_pointers.data() : nullptr;
    for_each_variant<DepthwiseF32>([&](const DepthwiseF32& depthwise) {
      args.fused = depthwise.fuses && seed % 4 < 3;
      Outputs<float> expected(args.height, span(args.y_step, args.width));
      args.y = expected.pointers.data();
      scalar<DepthwiseF32>().run(args);
      Outputs<float> actual(args.height, span(args.y_step, args.width));
      args.y = actual.pointers.data();
      depthwise.run(args);
      CHECK(agree(expected, actual, args.fused, k));
    });
  }
}

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
const float kSums[] = {
    std::numeric_limits<float>::quiet_NaN(), kInfinity, -kInfinity, 0, -0.0f, 2, -2};
constexpr int kChannels = 55;  // whole vectors and rests

// kSums, over and over, for the channels with padding.
std::vector<float> special_sums() {
  std::vector<float> sums(static_cast<size_t>(padded(kChannels)));
  for (size_t i = 0; i < sums.size(); ++i) sums[i] = kSums[i % (sizeof(kSums) / sizeof(float))];
  return sums;
}

// Whether every pixel of y is `sums`, clamped: NaN stays NaN, zeros keep their sign.
bool clamped(const Outputs<float>& y, const std::vector<float>& sums, float low, float high) {
  for (const std::vector<float>& pixels : y.storage) {
    for (size_t i = 0; i < pixels.size(); ++i) {
      const float t = sums[i % kChannels];
      const float expected = t < low ? low : t > high ? high : t;
      const bool same = std::isnan(t) ? std::isnan(pixels[i]) : same_bits(pixels[i], expected);
      if (!same) return false;
    }
  }
  return true;
}

// Calls visit(ops, low, high) for every variant, and bounds as kernels give them.
template <typename Ops, typename Visit>
void for_each_clamp(const Visit& visit) {
  const float bounds[][2] = {
      {0, 6}, {-0.0f, 1}, {-1, 0}, {-kInfinity, -0.0f}, {-kInfinity, kInfinity}};
  for (const auto& [act_min, act_max] : bounds) {
    CAPTURE(act_min);
    CAPTURE(act_max);
    const float low = lower_bound(act_min), high = upper_bound(act_max);
    visit(scalar<Ops>(), low, high);
    for_each_variant<Ops>([&](const Ops& ops) { visit(ops, low, high); });
  }
}

}  // namespace

TEST_CASE("gemm_f32 variants clamp alike") {
  const std::vector<float> x(1, 1.0f), sums = special_sums();
  const std::vector<float> weights(static_cast<size_t>(padded(kChannels)), -0.0f);
  const std::vector<const float*> rows(GemmF32::kMaxPixels, x.data());
  for_each_clamp<GemmF32>([&](const GemmF32& gemm, float low, float high) {
    Outputs<float> y(gemm.mr, kChannels);
    GemmF32Args args{};
    args.rows = rows.data();
    args.runs = args.run_length = 1;
    args.pixels = gemm.mr;
    args.channels = kChannels;
    args.weights = weights.data();
    args.bias = sums.data();
    args.y = y.pointers.data();
    args.act_min = low;
    args.act_max = high;
    gemm.run(args);
    CHECK(clamped(y, sums, low, high));
  });
}

TEST_CASE("depthwise_f32 variants clamp alike") {
  constexpr int kColumns = 11;
  const std::vector<float> x(kColumns * kChannels, 1.0f), sums = special_sums();
  const std::vector<const float*> rows(3, x.data());
  for (const int size : {1, 3}) {
    const std::vector<float> weights(static_cast<size_t>(size * size * padded(kChannels)), -0.0f);
    for_each_clamp<DepthwiseF32>([&](const DepthwiseF32& depthwise, float low, float high) {
      Outputs<float> y(1, kColumns * kChannels);
      DepthwiseF32Args args{};
      args.rows = rows.data();
      args.x_step = args.y_step = args.channels = kChannels;
      args.x_columns = args.width = kColumns;
      args.first_column = -size / 2;
      args.kernel_h = args.kernel_w = size;
      args.stride_w = args.height = 1;
      args.weights = weights.data();
      args.bias = sums.data();
      args.y = y.pointers.data();
      args.act_min = low;
      args.act_max = high;
      depthwise.run(args);
      CHECK(clamped(y, sums, low, high));
    });
  }
}

TEST_CASE("gemm_s8 variants clamp floats alike") {
  const std::vector<int8_t> x(4), weights(static_cast<size_t>(padded(kChannels)) * 4);
  const std::vector<int32_t> zeros(static_cast<size_t>(padded(kChannels)));
  const std::vector<float> scale(zeros.size(), 1.0f);
  const std::vector<float> sums = special_sums();
  const std::vector<const int8_t*> rows(GemmS8::kMaxPixels, x.data());
  for_each_clamp<GemmS8>([&](const GemmS8& gemm, float low, float high) {
    Outputs<float> y(gemm.mr, kChannels);
    GemmS8Args args{};
    args.rows = rows.data();
    args.runs = 1;
    args.run_bytes = 4;
    args.pixels = gemm.mr;
    args.channels = kChannels;
    args.weights = weights.data();
    args.bias = args.weight_sum = zeros.data();
    args.scale = scale.data();
    args.post_bias = sums.data();
    args.y = y.pointers.data();
    args.act_min = low;
    args.act_max = high;
    gemm.f32(args);
    std::vector<float> expected = sums;
    for (float& t : expected) t += 0.0f;  // the product
    CHECK(clamped(y, expected, low, high));
  });
}

}  // namespace edgert
