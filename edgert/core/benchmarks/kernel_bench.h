// What the microbenchmarks share: kernel calls with operands of their own, timed on a thread pool
// as a session runs them, for each instruction set.
#ifndef EDGERT_BENCHMARKS_KERNEL_BENCH_H_
#define EDGERT_BENCHMARKS_KERNEL_BENCH_H_

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

#include "runtime/isa.h"
#include "runtime/kernel.h"
#include "runtime/thread_pool.h"

namespace edgert {

struct BenchOptions {
  bool f32 = false;
  bool fused = false;  // of f32: sums as quantized bundles have them
  int threads = 1;
  int repetitions = 30;
  std::string isa;  // empty: all but the scalar one

  BenchOptions(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
      const std::string arg = argv[i];
      const char* value = i + 1 < argc ? argv[i + 1] : "";
      if (arg == "--f32" || arg == "--fused") {
        (arg == "--f32" ? f32 : fused) = true;
        continue;
      }
      if (arg == "--threads") threads = std::max(1, std::atoi(value));
      if (arg == "--isa") isa = value;
      if (arg == "--repetitions") repetitions = std::max(1, std::atoi(value));
      ++i;
    }
  }
};

// A tensor of the given strides over as much memory as they span, aligned to 64 bytes.
template <typename T>
Tensor tensor_over(std::vector<T>& memory, std::vector<int> dims, std::vector<int64_t> strides,
                   DType dtype) {
  Tensor tensor;
  tensor.dtype = dtype;
  tensor.rank = static_cast<int32_t>(dims.size());
  tensor.count = 1;
  int64_t last = 0;
  for (size_t i = 0; i < dims.size(); ++i) {
    tensor.dims[i] = dims[i];
    tensor.strides[i] = strides[i];
    tensor.count *= dims[i];
    last += (dims[i] - 1) * strides[i];
  }
  memory.resize(static_cast<size_t>(last) + 1 + 64);
  const auto address = reinterpret_cast<uintptr_t>(memory.data());
  tensor.data = memory.data() + (64 - address % 64) % 64 / sizeof(T);
  tensor.constant = true;
  return tensor;
}

template <typename T>
Tensor tensor_over(std::vector<T>& memory, std::vector<int> dims, DType dtype) {
  std::vector<int64_t> strides(dims.size(), 1);
  for (size_t i = dims.size(); i-- > 1;) strides[i - 1] = strides[i] * dims[i];
  return tensor_over(memory, std::move(dims), std::move(strides), dtype);
}

// A call to be measured. Subclasses add the operands and parameters, then prepare it.
class BenchCall {
 public:
  BenchCall(const BenchCall&) = delete;

  const Call& call() const { return call_; }

  void run_tiles(int64_t begin, int64_t end, int32_t thread) {
    auto& scratch = scratch_[static_cast<size_t>(thread)];
    const auto address = reinterpret_cast<uintptr_t>(scratch.data());
    if (call_.kernel->run(call_, begin, end, scratch.data() + (64 - address % 64) % 64) !=
        Status::kOk) {
      std::exit(1);
    }
  }

 protected:
  BenchCall(const std::string& kernel, int threads) : scratch_(static_cast<size_t>(threads)) {
    call_.kernel = Kernel::find(kernel.c_str(), 1);
    call_.threads = threads;
    call_.error = &error_;
    params_.resize(call_.kernel->info().params_size / 4);
    call_.params = params_.data();
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

  void prepare() {
    if (call_.kernel->prepare(call_) != Status::kOk) {
      std::fprintf(stderr, "%s\n", error_.message);
      std::exit(1);
    }
    for (auto& scratch : scratch_) scratch.resize(call_.scratch_bytes + 64);
  }

  Call call_;

 private:
  edgert_error error_{};
  std::vector<int32_t> params_;
  std::vector<std::vector<std::byte>> scratch_;
};

// Runs calls one after the other, as a session does. B is a BenchCall.
template <typename B>
class Runner {
 public:
  Runner(std::deque<B>& benches, int32_t threads)
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

  std::deque<B>& benches_;
  std::vector<ThreadPool::Worker> workers_;
  ThreadPool pool_;
};

// Runs `run_all` with each wanted instruction set that this machine has, in a process of its own,
// because the selection is final.
template <typename RunAll>
void for_each_isa(const BenchOptions& options, RunAll run_all) {
  for (const Isa isa : {Isa::kScalar, Isa::kAvx2, Isa::kAvx512Vnni, Isa::kNeon, Isa::kFp16,
                        Isa::kDotprod, Isa::kI8mm}) {
    const bool wanted = options.isa.empty() ? isa != Isa::kScalar : options.isa == isa_name(isa);
    if (!wanted || !isa_supported(isa)) continue;
    const pid_t child = fork();
    if (child == 0) {
      setenv("EDGERT_ISA", isa_name(isa), 1);
      run_all();
      std::exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
  }
}

}  // namespace edgert

#endif  // EDGERT_BENCHMARKS_KERNEL_BENCH_H_
