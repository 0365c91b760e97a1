// For kernel tests: tensors with guard bytes around them, and calls as a bundle would make them.
#ifndef EDGERT_TESTS_KERNEL_CALL_H_
#define EDGERT_TESTS_KERNEL_CALL_H_

#include <doctest/doctest.h>

#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "kernels/elementwise/elementwise.h"
#include "runtime/kernel.h"

namespace edgert::testing {

template <typename T>
constexpr DType dtype_of() {
  if constexpr (std::is_same_v<T, float>) return DType::kF32;
  if constexpr (std::is_same_v<T, double>) return DType::kF64;
  if constexpr (std::is_same_v<T, int8_t>) return DType::kS8;
  if constexpr (std::is_same_v<T, uint8_t>) return DType::kU8;
  if constexpr (std::is_same_v<T, uint16_t>) return DType::kF16;
  if constexpr (std::is_same_v<T, double>) return DType::kF64;
  if constexpr (std::is_same_v<T, int32_t>) return DType::kS32;
  if constexpr (std::is_same_v<T, int64_t>) return DType::kS64;
  if constexpr (std::is_same_v<T, bool>) return DType::kBool;
}

// A tensor over memory of its own. Bytes that no element occupies are guards: `untouched` tells
// whether they still have their value. Elements are visited in row-major order of `dims`.
template <typename T>
class TestTensor {
 public:
  explicit TestTensor(std::vector<int> dims) : TestTensor(dims, contiguous_strides(dims)) {}

  TestTensor(std::vector<int> dims, std::vector<int64_t> strides) {
    tensor_.dtype = dtype_of<T>();
    tensor_.rank = static_cast<int32_t>(dims.size());
    tensor_.count = 1;
    tensor_.contiguous = strides == contiguous_strides(dims);
    int64_t low = 0, high = 0;
    for (size_t i = 0; i < dims.size(); ++i) {
      tensor_.dims[i] = dims[i];
      tensor_.strides[i] = strides[i];
      tensor_.count *= dims[i];
      (strides[i] < 0 ? low : high) += strides[i] * (dims[i] - 1);
    }
    const int64_t elements = tensor_.count == 0 ? 0 : high - low + 1;
    // Exactly as large as needed in front and behind but for the guards, at an odd place.
    bytes_.assign(2 * kGuard + static_cast<size_t>(elements) * sizeof(T), kGuardByte);
    tensor_.data = bytes_.data() + kGuard - low * static_cast<int64_t>(sizeof(T));
  }

  // Contiguous; values are repeated as often as needed.
  static TestTensor of(std::vector<int> dims, const std::vector<T>& values) {
    TestTensor tensor(dims);
    for (int64_t i = 0; i < tensor.size(); ++i)
      tensor[i] = values[static_cast<size_t>(i) % values.size()];
    return tensor;
  }

  TestTensor(TestTensor&&) = default;  // a vector's memory does not move

  Tensor* operator&() { return &tensor_; }
  Tensor& tensor() { return tensor_; }
  int64_t size() const { return tensor_.count; }

  // Element at a row-major index.
  T& operator[](int64_t index) {
    int64_t offset = 0;
    for (int i = tensor_.rank - 1; i >= 0; --i) {
      offset += index % tensor_.dims[i] * tensor_.strides[i];
      index /= tensor_.dims[i];
    }
    return tensor_.as<T>()[offset];
  }

  std::vector<T> values() {
    std::vector<T> result;
    for (int64_t i = 0; i < size(); ++i) result.push_back((*this)[i]);
    return result;
  }

  template <typename Generator>
  void randomize(Generator&& next) {
    for (int64_t i = 0; i < size(); ++i) (*this)[i] = static_cast<T>(next());
  }

  void mark_constant() { tensor_.constant = true; }

  bool untouched() {
    std::vector<bool> used(bytes_.size(), false);
    for (int64_t i = 0; i < size(); ++i) {
      const auto at = reinterpret_cast<std::byte*>(&(*this)[i]) - bytes_.data();
      for (size_t k = 0; k < sizeof(T); ++k) used[static_cast<size_t>(at) + k] = true;
    }
    for (size_t i = 0; i < bytes_.size(); ++i) {
      if (!used[i] && bytes_[i] != kGuardByte) return false;
    }
    return true;
  }

 private:
  static constexpr size_t kGuard = 64;
  static constexpr std::byte kGuardByte{0xa5};

  static std::vector<int64_t> contiguous_strides(const std::vector<int>& dims) {
    std::vector<int64_t> strides(dims.size());
    int64_t step = 1;
    for (size_t i = dims.size(); i-- > 0;) {
      strides[i] = step;
      step *= dims[i];
    }
    return strides;
  }

  std::vector<std::byte> bytes_;
  Tensor tensor_;
};

// A call of a registered kernel. Parameters are set by field name, as the compiler does.
class TestCall {
 public:
  explicit TestCall(const char* kernel, uint32_t version = 1) {
    call_.kernel = Kernel::find(kernel, version);
    REQUIRE_MESSAGE(call_.kernel != nullptr, kernel);
    call_.name = "test";
    call_.error = &error_;
    params_.resize(call_.kernel->info().params_size / 4 + 1);
    call_.params = params_.data();
  }

  TestCall& input(Tensor* tensor) {
    call_.inputs[call_.input_count++] = tensor;
    return *this;
  }
  TestCall& output(Tensor* tensor) {
    call_.outputs[call_.output_count++] = tensor;
    return *this;
  }
  TestCall& threads(int32_t count) {
    call_.threads = count;
    return *this;
  }

  template <typename T>
  TestCall& set(const std::string& field, T value, uint32_t index = 0) {
    const edgert_kernel_info& info = call_.kernel->info();
    for (uint32_t i = 0; i < info.field_count; ++i) {
      if (field != info.fields[i].name) continue;
      REQUIRE(index < info.fields[i].count);
      uint32_t& word = params_[info.fields[i].offset / 4 + index];
      if (info.fields[i].type == 'f') {
        const float f = static_cast<float>(value);
        std::memcpy(&word, &f, 4);
      } else {
        const int32_t n = static_cast<int32_t>(value);
        std::memcpy(&word, &n, 4);
      }
      return *this;
    }
    FAIL("no field ", field);
    return *this;
  }

  TestCall& instruction(const char* op, int dst, std::vector<int> sources, float a = 0,
                        float b = 0) {
    Instruction step{find_elementwise_op(op), static_cast<uint8_t>(dst), {}, {a, b}};
    REQUIRE_MESSAGE(step.op != nullptr, op);
    for (size_t i = 0; i < sources.size(); ++i) step.src[i] = static_cast<uint8_t>(sources[i]);
    instructions_.push_back(step);
    call_.instructions = instructions_.data();
    call_.instruction_count = static_cast<int32_t>(instructions_.size());
    return *this;
  }

  Status prepare() {
    const Status status = call_.kernel->prepare(call_);
    if (status == Status::kOk) {
      scratch_.resize(static_cast<size_t>(call_.scratch_bytes) + 64);
      const auto address = reinterpret_cast<uintptr_t>(scratch_.data());
      aligned_ = scratch_.data() + (64 - address % 64) % 64;
    }
    return status;
  }

  // All tiles in one range; with `split`, one by one from the last to the first.
  Status run(bool split = false) {
    if (!split) return call_.kernel->run(call_, 0, call_.tiles, aligned_);
    for (int64_t i = call_.tiles - 1; i >= 0; --i) {
      const Status status = call_.kernel->run(call_, i, i + 1, aligned_);
      if (status != Status::kOk) return status;
    }
    return Status::kOk;
  }

  void prepare_and_run(bool split = false) {
    const Status status = prepare();
    REQUIRE_MESSAGE(status == Status::kOk, error_.message);
    REQUIRE(run(split) == Status::kOk);
  }

  const char* message() const { return error_.message; }
  Call& call() { return call_; }

 private:
  Call call_;
  edgert_error error_{};
  std::vector<uint32_t> params_;
  std::vector<Instruction> instructions_;
  std::vector<std::byte> scratch_;
  std::byte* aligned_ = nullptr;
};

// Reproducible random numbers, the same on every platform (std distributions are not).
class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  int integer(int low, int high) {
    return low + static_cast<int>(engine_() % static_cast<uint32_t>(high - low + 1));
  }
  float real(float low, float high) {
    return low + (high - low) * (static_cast<float>(engine_() >> 8) * 0x1p-24f);
  }
  uint32_t bits() { return static_cast<uint32_t>(engine_()); }

 private:
  std::mt19937 engine_;
};

}  // namespace edgert::testing

#endif  // EDGERT_TESTS_KERNEL_CALL_H_
