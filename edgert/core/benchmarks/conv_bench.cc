// Speed of the convolution kernels on the layer shapes of three image networks, in 10^9
// multiply-adds per second (fastest of the repetitions), for each instruction set and thread count.
//
//   conv_bench [--f32 [--fused]] [--threads N] [--isa NAME] [--repetitions N]
#include <cstdio>
#include <deque>
#include <string>
#include <vector>

#include "benchmarks/kernel_bench.h"

namespace edgert {
namespace {

struct Layer {
  int size;  // height and width of x
  int cin, cout;
  int kernel, stride;
  bool depthwise;
  int count;  // how often the network has it

  int out() const { return (size + stride - 1) / stride; }
  int64_t macs() const {
    return int64_t{out()} * out() * cout * kernel * kernel * (depthwise ? 1 : cin);
  }
};

struct Network {
  const char* name;
  std::vector<Layer> layers;
};

const Network kNetworks[] = {
    {"inverted residuals",
     {{224, 3, 32, 3, 2, false, 1},   {112, 32, 32, 3, 1, true, 1},  {112, 32, 16, 1, 1, false, 1},
      {112, 16, 96, 1, 1, false, 1},  {112, 96, 96, 3, 2, true, 1},  {56, 96, 24, 1, 1, false, 1},
      {56, 24, 144, 1, 1, false, 2},  {56, 144, 144, 3, 1, true, 1}, {56, 144, 24, 1, 1, false, 1},
      {56, 144, 144, 3, 2, true, 1},  {28, 144, 32, 1, 1, false, 1}, {28, 32, 192, 1, 1, false, 3},
      {28, 192, 192, 3, 1, true, 2},  {28, 192, 32, 1, 1, false, 2}, {28, 192, 192, 3, 2, true, 1},
      {14, 192, 64, 1, 1, false, 1},  {14, 64, 384, 1, 1, false, 4}, {14, 384, 384, 3, 1, true, 4},
      {14, 384, 64, 1, 1, false, 3},  {14, 384, 96, 1, 1, false, 1}, {14, 96, 576, 1, 1, false, 3},
      {14, 576, 576, 3, 1, true, 2},  {14, 576, 96, 1, 1, false, 2}, {14, 576, 576, 3, 2, true, 1},
      {7, 576, 160, 1, 1, false, 1},  {7, 160, 960, 1, 1, false, 3}, {7, 960, 960, 3, 1, true, 3},
      {7, 960, 160, 1, 1, false, 2},  {7, 960, 320, 1, 1, false, 1}, {7, 320, 1280, 1, 1, false, 1},
      {1, 1280, 1000, 1, 1, false, 1}}},
    {"residual, basic blocks",
     {{56, 64, 64, 3, 1, false, 4},
      {56, 64, 128, 3, 2, false, 1},
      {28, 128, 128, 3, 1, false, 3},
      {14, 256, 256, 3, 1, false, 3},
      {7, 512, 512, 3, 1, false, 3},
      {32, 16, 16, 3, 1, false, 7},
      {1, 512, 1000, 1, 1, false, 1}}},
    {"squeeze and expand",
     {{224, 3, 64, 3, 2, false, 1},
      {55, 64, 16, 1, 1, false, 1},
      {55, 16, 64, 3, 1, false, 2},
      {27, 32, 128, 3, 1, false, 2},
      {13, 64, 256, 3, 1, false, 2},
      {13, 512, 1000, 1, 1, false, 1}}},
    {"5x5 depthwise", {{28, 120, 120, 5, 1, true, 1}, {14, 672, 672, 5, 2, true, 1}}},
};

class Bench : public BenchCall {
 public:
  Bench(const Layer& layer, const BenchOptions& options)
      : BenchCall(std::string(layer.depthwise ? "depthwise_conv2d_" : "conv2d_") +
                      (options.f32 ? "f32" : "s8"),
                  options.threads),
        layer_(layer) {
    set("kernel_h", layer.kernel), set("kernel_w", layer.kernel);
    set("stride_h", layer.stride), set("stride_w", layer.stride);
    set("dilation_h", 1), set("dilation_w", 1), set("groups", 1);
    set("fused", options.fused);
    set("pad_top", layer.kernel / 2), set("pad_left", layer.kernel / 2);
    options.f32 ? add_operands(x_f32_, weights_f32_, y_f32_, DType::kF32)
                : add_operands(x_s8_, weights_s8_, y_s8_, DType::kS8);
    prepare();
  }

 private:
  template <typename T>
  void add_operands(std::vector<T>& x, std::vector<T>& weights, std::vector<T>& y, DType dtype) {
    const Layer& l = layer_;
    const int blocks = (l.cout + 15) / 16;
    const int rows = l.depthwise && dtype == DType::kS8 ? (l.kernel + 3) / 4 * 4 : l.kernel;
    int k = rows * l.kernel * (l.depthwise ? 1 : l.cin);
    if (dtype == DType::kS8) k = (k + 3) / 4 * 4;
    tensors_[0] = tensor_over(x, {1, l.size, l.size, l.cin}, dtype);
    tensors_[1] = tensor_over(weights, {blocks * k * 16}, dtype);
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(i % 11);
    for (size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<T>(i % 7);
    const bool s8 = dtype == DType::kS8;
    if (s8) tensors_[2] = tensor_over(bias_, {blocks * 16}, DType::kS32);
    if (!s8) tensors_[2] = tensor_over(scale_, {blocks * 16}, DType::kF32);
    if (s8) tensors_[3] = tensor_over(scale_, {blocks * 16}, DType::kF32);
    if (s8) tensors_[4] = tensor_over(weight_sum_, {blocks * 16}, DType::kS32);
    std::fill(scale_.begin(), scale_.end(), 0.01f);
    call_.input_count = s8 ? 5 : 3;
    for (int i = 0; i < call_.input_count; ++i) call_.inputs[i] = &tensors_[i];
    y_ = tensor_over(y, {1, l.out(), l.out(), l.cout}, dtype);
    call_.outputs[call_.output_count++] = &y_;
    set_float("act_min", s8 ? -128.0f : 0.0f), set_float("act_max", s8 ? 127.0f : 6.0f);
  }

  Layer layer_;
  std::vector<int8_t> x_s8_, weights_s8_, y_s8_;
  std::vector<float> x_f32_, weights_f32_, y_f32_, scale_;
  std::vector<int32_t> bias_, weight_sum_;
  Tensor tensors_[5], y_;
};

void run_network(const Network& network, const BenchOptions& options) {
  std::deque<Bench> benches;
  for (const Layer& layer : network.layers) benches.emplace_back(layer, options);
  const std::vector<double> times =
      Runner<Bench>(benches, options.threads).measure(options.repetitions);
  std::printf("%s, %s, %s, %d thread%s\n", network.name, options.f32 ? "f32" : "s8",
              isa_name(isa_selected()), options.threads, options.threads > 1 ? "s" : "");
  double total = 0;
  for (size_t i = 0; i < times.size(); ++i) {
    const Layer& l = network.layers[i];
    std::printf("  %4d x %-4d %5d -> %-5d %dx%d/%d %-9s x%d  %8.1f us  %6.1f GMAC/s\n", l.size,
                l.size, l.cin, l.cout, l.kernel, l.kernel, l.stride, l.depthwise ? "depthwise" : "",
                l.count, times[i] / 1e3, static_cast<double>(l.macs()) / times[i]);
    total += times[i] * l.count;
  }
  std::printf("  total %.3f ms\n", total / 1e6);
}

}  // namespace
}  // namespace edgert

int main(int argc, char** argv) {
  const edgert::BenchOptions options(argc, argv);
  edgert::for_each_isa(options, [&] {
    for (const edgert::Network& network : edgert::kNetworks) edgert::run_network(network, options);
  });
}
