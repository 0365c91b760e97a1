// Speed of products of two run-time operands, in 10^9 multiply-adds per second (fastest of the
// repetitions), for each instruction set.
//
//   matmul_bench [--f32 [--fused]] [--threads N] [--isa NAME] [--repetitions N]
#include <cstdio>
#include <deque>
#include <string>
#include <vector>

#include "benchmarks/kernel_bench.h"

namespace edgert {
namespace {

struct Product {
  int batch, m, k, n;
  bool transposed;  // b lies as [batch, n, k]

  double macs() const { return static_cast<double>(batch) * m * k * n; }
};

const Product kProducts[] = {
    {1, 98, 64, 98, true},   // attention: queries x keys
    {1, 98, 98, 64, false},  // scores x values
    {3, 197, 64, 197, true}, {3, 197, 197, 64, false},  {1, 1, 512, 512, false},
    {1, 1, 512, 512, true},  {1, 256, 256, 256, false}, {1, 256, 256, 256, true},
    {1, 98, 8, 98, true},    {1, 98, 98, 8, false},     {1, 16, 16, 5, false},
    {16, 5, 8, 5, true},
};

class Bench : public BenchCall {
 public:
  Bench(const Product& p, const BenchOptions& options)
      : BenchCall(options.f32 ? "matmul_f32" : "matmul_s8", options.threads) {
    options.f32 ? add_operands(p, f32_, DType::kF32) : add_operands(p, s8_, DType::kS8);
    set("a_zero_point", 3), set("b_zero_point", -5), set("y_zero_point", 7);
    set("fused", options.fused);
    set_float("alpha", 0.125f), set_float("scale", 1e-3f);
    set_float("act_min", -135.0f), set_float("act_max", 120.0f);
    prepare();
  }

 private:
  template <typename T>
  void add_operands(const Product& p, std::vector<T> (&memory)[3], DType dtype) {
    const int64_t k = p.k, n = p.n;
    tensors_[0] = tensor_over(memory[0], {p.batch, p.m, p.k}, dtype);
    tensors_[1] = p.transposed ? tensor_over(memory[1], {p.batch, p.k, p.n}, {k * n, 1, k}, dtype)
                               : tensor_over(memory[1], {p.batch, p.k, p.n}, dtype);
    tensors_[2] = tensor_over(memory[2], {p.batch, p.m, p.n}, dtype);
    for (int i = 0; i < 2; ++i) {
      for (size_t j = 0; j < memory[i].size(); ++j) memory[i][j] = static_cast<T>(j % 11);
      call_.inputs[call_.input_count++] = &tensors_[i];
    }
    call_.outputs[call_.output_count++] = &tensors_[2];
  }

  std::vector<int8_t> s8_[3];
  std::vector<float> f32_[3];
  Tensor tensors_[3];
};

void run_products(const BenchOptions& options) {
  std::deque<Bench> benches;
  for (const Product& p : kProducts) benches.emplace_back(p, options);
  const std::vector<double> times =
      Runner<Bench>(benches, options.threads).measure(options.repetitions);
  std::printf("%s, %s, threads: %d\n", options.f32 ? "f32" : "s8", isa_name(isa_selected()),
              options.threads);
  for (size_t i = 0; i < times.size(); ++i) {
    const Product& p = kProducts[i];
    std::printf("  %2d x [%3d x %3d] x [%3d x %3d]%s %8.2f us  %6.1f GMAC/s\n", p.batch, p.m, p.k,
                p.k, p.n, p.transposed ? "^T" : "  ", times[i] / 1e3, p.macs() / times[i]);
  }
}

}  // namespace
}  // namespace edgert

int main(int argc, char** argv) {
  const edgert::BenchOptions options(argc, argv);
  edgert::for_each_isa(options, [&] { edgert::run_products(options); });
}
