// For convolution tests: a case, its packed operands (layouts of docs/kernels.md), and a reference
// that walks over every output and tap.
#ifndef EDGERT_TESTS_CONV_CASE_H_
#define EDGERT_TESTS_CONV_CASE_H_

#include <string>
#include <vector>

#include "tests/kernel_call.h"

namespace edgert::testing {

struct ConvCase {
  int n = 1, h = 5, w = 5, cin = 8, cout = 8;
  int groups = 1;  // groups == cin == cout: also a depthwise case
  int kh = 1, kw = 1, sh = 1, sw = 1, dh = 1, dw = 1;
  int top = 0, left = 0, bottom = 0, right = 0;
  int x_gap = 0, y_gap = 0;  // channels of a wider tensor that x or y is a part of
  bool residual = false;

  int oh() const { return (h + top + bottom - dh * (kh - 1) - 1) / sh + 1; }
  int ow() const { return (w + left + right - dw * (kw - 1) - 1) / sw + 1; }
  int group_in() const { return cin / groups; }
  int group_out() const { return cout / groups; }
  int taps() const { return kh * kw; }

  std::vector<int> x_dims() const { return {n, h, w, cin}; }
  std::vector<int> y_dims() const { return {n, oh(), ow(), cout}; }
  std::vector<int64_t> x_strides() const { return strides(h, w, cin + x_gap); }
  std::vector<int64_t> y_strides() const { return strides(oh(), ow(), cout + y_gap); }

  std::string text() const {
    const auto s = [](int v) { return std::to_string(v) + " "; };
    return "x " + s(n) + s(h) + s(w) + s(cin) + "to " + s(cout) + "groups " + s(groups) +
           "kernel " + s(kh) + s(kw) + "stride " + s(sh) + s(sw) + "dilation " + s(dh) + s(dw) +
           "padding " + s(top) + s(left) + s(bottom) + s(right) + "gaps " + s(x_gap) + s(y_gap) +
           "residual " + s(residual);
  }

  void set_window(TestCall& call) const {
    call.set("kernel_h", kh).set("kernel_w", kw).set("stride_h", sh).set("stride_w", sw);
    call.set("dilation_h", dh).set("dilation_w", dw).set("pad_top", top).set("pad_left", left);
  }

  // Sum over the taps of output [b, oy, ox, c] of product(x index or -1 outside, weight index),
  // where weights are [cout][kh][kw][cin / groups] and x is row-major.
  template <typename Sum, typename Product>
  Sum sum(int b, int oy, int ox, int c, const Product& product) const {
    Sum total{};
    const int group = c / group_out();
    for (int i = 0; i < kh; ++i) {
      for (int j = 0; j < kw; ++j) {
        const int iy = oy * sh - top + i * dh, ix = ox * sw - left + j * dw;
        const bool inside = iy >= 0 && iy < h && ix >= 0 && ix < w;
        for (int k = 0; k < group_in(); ++k) {
          const int64_t x = ((int64_t{b} * h + iy) * w + ix) * cin + group * group_in() + k;
          const int64_t weight = ((int64_t{c} * kh + i) * kw + j) * group_in() + k;
          total += product(inside ? x : -1, weight);
        }
      }
    }
    return total;
  }

  // Calls visit(row-major index of y, b, oy, ox, c) for every output.
  template <typename Visit>
  void for_each_output(const Visit& visit) const {
    int64_t index = 0;
    for (int b = 0; b < n; ++b)
      for (int oy = 0; oy < oh(); ++oy)
        for (int ox = 0; ox < ow(); ++ox)
          for (int c = 0; c < cout; ++c) visit(index++, b, oy, ox, c);
  }

 private:
  static std::vector<int64_t> strides(int h, int w, int c) {
    return {int64_t{h} * w * c, int64_t{w} * c, c, 1};
  }
};

inline int blocks_of_16(int n) { return (n + 15) / 16; }

// [group][blocks * 16] from [cout].
template <typename T>
std::vector<T> pack_vector(const std::vector<T>& values, int groups) {
  const size_t per_group = values.size() / static_cast<size_t>(groups);
  const size_t padded = static_cast<size_t>(blocks_of_16(static_cast<int>(per_group))) * 16;
  std::vector<T> packed(padded * static_cast<size_t>(groups));
  for (size_t i = 0; i < values.size(); ++i) {
    packed[i / per_group * padded + i % per_group] = values[i];
  }
  return packed;
}

// Packs `rows` [count][k] as [block of 16 rows][k / step][16][step], zero-padded.
template <typename T>
std::vector<T> pack_rows(const T* rows, int count, int k, int step) {
  const int steps = (k + step - 1) / step;
  std::vector<T> packed(static_cast<size_t>(blocks_of_16(count) * 16 * steps * step));
  for (int c = 0; c < count; ++c) {
    for (int i = 0; i < k; ++i) {
      const int at = ((c / 16 * steps + i / step) * 16 + c % 16) * step + i % step;
      packed[static_cast<size_t>(at)] = rows[c * k + i];
    }
  }
  return packed;
}

// Weights [cout][kh][kw][cin / groups] for conv2d_*; `step` is 4 for int8 and 1 for float.
template <typename T>
std::vector<T> pack_conv(const ConvCase& c, const std::vector<T>& weights, int step) {
  std::vector<T> packed;
  const int k = c.taps() * c.group_in();
  for (int g = 0; g < c.groups; ++g) {
    const auto part = pack_rows(weights.data() + g * c.group_out() * k, c.group_out(), k, step);
    packed.insert(packed.end(), part.begin(), part.end());
  }
  return packed;
}

// Weights [channels][kh][kw] for depthwise_conv2d_s8.
inline std::vector<int8_t> pack_depthwise_s8(const ConvCase& c,
                                             const std::vector<int8_t>& weights) {
  const int rows = (c.kh + 3) / 4 * 4;
  std::vector<int8_t> columns(static_cast<size_t>(c.cout * c.kw * rows));
  for (int ch = 0; ch < c.cout; ++ch) {
    for (int i = 0; i < c.kh; ++i) {
      for (int j = 0; j < c.kw; ++j) {
        columns[static_cast<size_t>((ch * c.kw + j) * rows + i)] =
            weights[static_cast<size_t>((ch * c.kh + i) * c.kw + j)];
      }
    }
  }
  return pack_rows(columns.data(), c.cout, c.kw * rows, 4);
}

// Every feature, mostly alone, at sizes around the multiples that vectors and tiles like.
inline std::vector<ConvCase> conv_cases() {
  std::vector<ConvCase> cases;
  const auto add = [&](auto change) {
    ConvCase c;
    change(c);
    cases.push_back(c);
  };
  for (int channels = 1; channels <= 67; ++channels) {
    add([&](ConvCase& c) { c.cin = channels, c.cout = 68 - channels, c.h = 3; });
    add([&](ConvCase& c) {
      c.h = c.w = 4, c.cin = 68 - channels, c.cout = channels, c.kh = c.kw = 3;
      c.top = c.left = c.bottom = c.right = 1, c.residual = channels % 2 == 0;
    });
  }
  for (int size : {1, 2, 3, 5, 7}) {
    for (int stride : {1, 2, 3}) {
      for (int dilation : {1, 2}) {
        for (int cin : {3, 4, 16, 20}) {
          add([&](ConvCase& c) {
            c.n = 2, c.h = 9, c.w = 11, c.cin = cin, c.cout = 19;
            c.kh = size, c.kw = size % 3 + 1, c.sh = stride, c.sw = stride % 2 + 1;
            c.dh = dilation, c.dw = dilation, c.top = size, c.left = size / 2;
            c.bottom = (size - 1) * dilation, c.right = size, c.residual = true;
          });
        }
      }
    }
  }
  for (int groups : {2, 3, 5}) {
    for (int per_group : {1, 4, 16, 17}) {
      add([&](ConvCase& c) {
        c.groups = groups, c.cin = groups * per_group, c.cout = groups * 3, c.kh = 3, c.kw = 2;
        c.top = 1, c.right = 1;
      });
    }
  }
  for (int cin : {3, 16, 32}) {
    add([&](ConvCase& c) {  // parts of wider tensors
      c.n = 2, c.cin = cin, c.cout = 24, c.kh = c.kw = 3, c.left = 1, c.bottom = 2;
      c.x_gap = 5, c.y_gap = 7, c.residual = true;
    });
  }
  for (int m : {1, 2, 13, 31, 100}) {
    add([&](ConvCase& c) { c.h = 1, c.w = m, c.cin = 64, c.cout = 130, c.residual = true; });
  }
  add([](ConvCase& c) { c.cin = 1280, c.cout = 1000, c.h = c.w = 1; });
  add([](ConvCase& c) {  // mostly padding
    c.h = c.w = 1, c.cin = 12, c.kh = c.kw = 5, c.top = c.left = c.bottom = c.right = 4;
  });
  add([](ConvCase& c) {
    c.h = c.w = 40, c.cin = 3, c.cout = 33, c.kh = c.kw = 3, c.sh = c.sw = 2;
  });
  return cases;
}

// Depthwise: groups == cin == cout.
inline std::vector<ConvCase> depthwise_cases() {
  std::vector<ConvCase> cases;
  const auto add = [&](int channels, auto change) {
    ConvCase c;
    c.cin = c.cout = c.groups = channels;
    change(c);
    cases.push_back(c);
  };
  for (int channels = 1; channels <= 67; ++channels) {
    add(channels, [&](ConvCase& c) {
      c.kh = c.kw = 3, c.top = c.left = c.bottom = c.right = 1, c.residual = channels % 2 == 0;
      c.sh = c.sw = channels % 3 == 0 ? 2 : 1;
    });
  }
  for (int kh : {1, 2, 3, 4, 5, 7, 9}) {
    for (int kw : {1, 2, 3, 5, 7}) {
      for (int stride : {1, 2, 3}) {
        for (int dilation : {1, 2}) {
          add(kh * 16 + kw, [&](ConvCase& c) {
            c.n = 2, c.h = 9, c.w = 13, c.kh = kh, c.kw = kw, c.sh = stride, c.sw = stride;
            c.dh = c.dw = dilation, c.top = kh / 2, c.left = kw, c.bottom = kh * dilation;
            c.right = kw * dilation, c.residual = true;
          });
        }
      }
    }
  }
  for (int width = 1; width <= 9; ++width) {
    for (int size : {3, 5}) {
      for (int stride : {1, 2}) {
        add(96, [&](ConvCase& c) {
          c.w = width, c.kh = c.kw = size, c.sh = c.sw = stride;
          c.top = c.left = c.bottom = c.right = size / 2;
        });
      }
    }
  }
  for (int width = 1; width <= 9; ++width) {
    for (int dilation : {2, 3, 8, 12}) {
      for (int stride : {1, 2}) {
        add(70, [&](ConvCase& c) {
          c.w = width, c.kh = c.kw = 3, c.sh = c.sw = stride, c.dh = c.dw = dilation;
          c.top = c.left = c.bottom = c.right = dilation, c.x_gap = 3;
          c.residual = width % 2 == 0;
        });
      }
    }
  }
  add(130, [](ConvCase& c) {
    c.kh = c.kw = 3, c.left = 1, c.bottom = 2, c.x_gap = 5, c.y_gap = 7, c.residual = true;
  });
  add(200, [](ConvCase& c) { c.h = c.w = 40, c.kh = c.kw = 3, c.top = c.left = 1; });
  return cases;
}

}  // namespace edgert::testing

#endif  // EDGERT_TESTS_CONV_CASE_H_
