// Speed of the convolution kernels on the layer shapes of three image networks, in 10^9
// multiply-adds per second (fastest of the repetitions), for each instruction set and thread count.
//
//   conv_bench [--f32] [--threads N] [--isa NAME] [--repetitions N]
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "kernels/conv/geometry.h"
#include "runtime/isa.h"
#include "runtime/kernel.h"
#include "runtime/thread_pool.h"

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

struct Options {
  bool f32 = false;
  int threads = 1;
  int repetitions = 30;
  std::string isa;
};

template <typename T>
Tensor tensor_over(std::vector<T>& memory, std::vector<int> dims, DType dtype) {
  Tensor tensor;
  tensor.dtype = dtype;
  tensor.rank = static_cast<int32_t>(dims.size());
  tensor.count = 1;
  for (size_t i = dims.size(); i-- > 0;) {
    tensor.dims[i] = dims[i];
    tensor.strides[i] = tensor.count;
    tensor.count *= dims[i];
  }
  memory.resize(static_cast<size_t>(tensor.count) + 64);
  const auto address = reinterpret_cast<uintptr_t>(memory.data());
  tensor.data = memory.data() + (64 - address % 64) % 64 / sizeof(T);
  tensor.constant = true;
  return tensor;
}

// One call with operands of its own.
class Bench {
 public:
  Bench(const Bench&) = delete;
  Bench(const Layer& layer, const Options& options) : layer_(layer) {
    const std::string name = std::string(layer.depthwise ? "depthwise_conv2d_" : "conv2d_") +
                             (options.f32 ? "f32" : "s8");
    call_.kernel = Kernel::find(name.c_str(), 1);
    call_.threads = options.threads;
    call_.error = &error_;
    params_.resize(call_.kernel->info().params_size / 4);
    call_.params = params_.data();
    set("kernel_h", layer.kernel), set("kernel_w", layer.kernel);
    set("stride_h", layer.stride), set("stride_w", layer.stride);
    set("dilation_h", 1), set("dilation_w", 1), set("groups", 1);
    set("pad_top", layer.kernel / 2), set("pad_left", layer.kernel / 2);
    options.f32 ? add_operands(x_f32_, weights_f32_, y_f32_, DType::kF32)
                : add_operands(x_s8_, weights_s8_, y_s8_, DType::kS8);
    if (call_.kernel->prepare(call_) != Status::kOk) {
      std::fprintf(stderr, "%s\n", error_.message);
      std::exit(1);
    }
    scratch_.resize(static_cast<size_t>(options.threads));
    for (auto& scratch : scratch_) scratch.resize(call_.scratch_bytes + 64);
  }

  const Call& call() const { return call_; }

  void run_tiles(int64_t begin, int64_t end, int32_t thread) {
    auto& scratch = scratch_[static_cast<size_t>(thread)];
    const auto address = reinterpret_cast<uintptr_t>(scratch.data());
    if (call_.kernel->run(call_, begin, end, scratch.data() + (64 - address % 64) % 64) !=
        Status::kOk) {
      std::exit(1);
    }
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

  void set(const char* field, int32_t value) {
    const edgert_kernel_info& info = call_.kernel->info();
    for (uint32_t i = 0; i < info.field_count; ++i) {
      if (std::strcmp(field, info.fields[i].name) == 0) params_[info.fields[i].offset / 4] = value;
    }
  }
  void set_float(const char* field, float value) {
    int32_t bits;
    std::memcpy(&bits, &value, 4);
    set(field, bits);
  }

  Layer layer_;
  Call call_;
  edgert_error error_{};
  std::vector<int32_t> params_;
  std::vector<int8_t> x_s8_, weights_s8_, y_s8_;
  std::vector<float> x_f32_, weights_f32_, y_f32_, scale_;
  std::vector<int32_t> bias_, weight_sum_;
  Tensor tensors_[5], y_;
  std::vector<std::vector<std::byte>> scratch_;
};

// Runs the calls of a network one after the other, as a session does.
class Runner {
 public:
  Runner(std::deque<Bench>& benches, int32_t threads)
      : benches_(benches), workers_(static_cast<size_t>(threads)) {
    const Work work{this,
                    [](const void* self, uint32_t call) {
                      return static_cast<const Runner*>(self)->chunks(call);
                    },
                    [](const void* self, uint32_t call, uint32_t chunk, int32_t thread) {
                      static_cast<const Runner*>(self)->run_chunk(call, chunk, thread);
                      return Status::kOk;
                    }};
    edgert_error error;
    if (pool_.start(work, workers_.data(), threads, &error) != Status::kOk) std::exit(1);
  }
  ~Runner() { pool_.stop(); }

  // Nanoseconds of each call, the fastest.
  std::vector<double> measure(int repetitions) {
    std::vector<double> fastest(benches_.size(), 1e18);
    for (int r = 0; r < repetitions; ++r) {
      pool_.begin_run();
      for (uint32_t i = 0; i < benches_.size(); ++i) {
        const auto start = std::chrono::steady_clock::now();
        if (pool_.run(i) != Status::kOk) std::exit(1);
        const std::chrono::duration<double, std::nano> t = std::chrono::steady_clock::now() - start;
        fastest[i] = std::min(fastest[i], t.count());
      }
      pool_.end_run();
    }
    return fastest;
  }

 private:
  // As many pieces as a session makes.
  int64_t chunk_tiles(uint32_t call) const {
    const int64_t parts = pool_.threads() == 1 ? 1 : int64_t{4} * pool_.threads();
    return std::max<int64_t>(1, (benches_[call].call().tiles + parts - 1) / parts);
  }
  uint32_t chunks(uint32_t call) const {
    const int64_t size = chunk_tiles(call);
    return static_cast<uint32_t>((benches_[call].call().tiles + size - 1) / size);
  }
  void run_chunk(uint32_t call, uint32_t chunk, int32_t thread) const {
    const int64_t begin = chunk * chunk_tiles(call);
    const int64_t end = std::min(begin + chunk_tiles(call), benches_[call].call().tiles);
    benches_[call].run_tiles(begin, end, thread);
  }

  std::deque<Bench>& benches_;
  std::vector<ThreadPool::Worker> workers_;
  ThreadPool pool_;
};

void run_network(const Network& network, const Options& options) {
  std::deque<Bench> benches;
  for (const Layer& layer : network.layers) benches.emplace_back(layer, options);
  const std::vector<double> times = Runner(benches, options.threads).measure(options.repetitions);
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

void run_all(const Options& options) {
  for (const Network& network : kNetworks) run_network(network, options);
}

// In a process of its own, because the selection of the instruction set is final.
void run_with_isa(const Options& options, const char* isa) {
  const pid_t child = fork();
  if (child == 0) {
    setenv("EDGERT_ISA", isa, 1);
    run_all(options);
    std::exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : "";
    if (arg == "--f32") {
      options.f32 = true;
      continue;
    }
    if (arg == "--threads") options.threads = std::max(1, std::atoi(value));
    if (arg == "--isa") options.isa = value;
    if (arg == "--repetitions") options.repetitions = std::max(1, std::atoi(value));
    ++i;
  }
  return options;
}

int run_main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  for (const Isa isa :
       {Isa::kScalar, Isa::kAvx2, Isa::kAvx512Vnni, Isa::kNeon, Isa::kDotprod, Isa::kI8mm}) {
    const bool wanted = options.isa.empty() ? isa != Isa::kScalar : options.isa == isa_name(isa);
    if (wanted && isa_supported(isa)) run_with_isa(options, isa_name(isa));
  }
  return 0;
}

}  // namespace
}  // namespace edgert

int main(int argc, char** argv) { return edgert::run_main(argc, argv); }
