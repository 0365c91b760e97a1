// edgert_exhaust BUNDLE PART: changes one thing after the other, loads, and runs what loads.
//
// PART is operands, parameters, tensors or rest. Every field of that part gets every value at which
// a check could go wrong, alone. Each attempt is announced on stderr, so that the last line names
// what ended the program.
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "bundle_generated.h"
#include "tests/damage/bundles.h"

namespace edgert::testing {
namespace {

constexpr int32_t kLowest = INT32_MIN;
constexpr int32_t kHighest = INT32_MAX;

template <typename T>
std::vector<T> neighbours(T value) {
  const auto wide = static_cast<uint64_t>(value);
  std::vector<T> values;
  for (const uint64_t other : {wide + 1, wide - 1, wide * 2, wide / 2, uint64_t{0} - wide}) {
    values.push_back(static_cast<T>(other));
  }
  return values;
}

template <typename T>
void append(std::vector<T>* values, const std::vector<T>& more) {
  values->insert(values->end(), more.begin(), more.end());
}

uint32_t bits_of(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

std::vector<uint32_t> parameter_values(uint32_t original) {
  std::vector<uint32_t> values = {
      0, 1, 2, 3, 7, 16, 64, 255, 0x10000, 0x3FFFFFFF, 0x40000000, 0x7FFFFFFF, 0x80000000, ~0u};
  for (const float value : {NAN, INFINITY, -INFINITY, 1.0f, -1.0f, 3e38f, -3e38f, 1e-40f, 128.5f}) {
    values.push_back(bits_of(value));
  }
  append(&values, neighbours(original));
  return values;
}

class Exhaustion {
 public:
  explicit Exhaustion(const std::vector<uint8_t>& file)
      : bundle_(schema::GetBundle(file.data())->UnPack()) {
    const uint8_t* constants = file.data() + bundle_->constants_offset;
    constants_.assign(constants, constants + bundle_->constants_size);
  }

  // Whether the bundle, taken apart and put together again, still runs.
  bool runs() { return attempt("nothing", 0); }

  void vary(const std::string& part) {
    for (const auto& program : bundle_->programs) vary_program(part, *program);
    for (const auto& segment : bundle_->segments) vary_program(part, *segment->program);
    if (part == "rest") vary_rest();
  }

  int tried() const { return tried_; }
  int ran() const { return ran_; }

 private:
  bool attempt(const char* what, int64_t value) {
    std::fprintf(stderr, "%s of %s = %" PRId64 "\n", what, where_.c_str(), value);
    AlignedBytes file(packed());
    random_.seed(static_cast<uint64_t>(tried_));
    const bool ran = try_bundle(file, random_);
    ++tried_;
    ran_ += ran;
    return ran;
  }

  std::vector<uint8_t> packed() {
    builder_.Clear();
    builder_.ForceDefaults(true);  // the size of the tables does not depend on their values
    builder_.Finish(schema::Bundle::Pack(builder_, bundle_.get()), schema::BundleIdentifier());
    const size_t start = (builder_.GetSize() + 63) / 64 * 64;
    auto* root = const_cast<schema::Bundle*>(schema::GetBundle(builder_.GetBufferPointer()));
    auto* table = reinterpret_cast<flatbuffers::Table*>(root);
    table->SetField<uint64_t>(schema::Bundle::VT_CONSTANTS_OFFSET, start, 0);
    std::vector<uint8_t> file(builder_.GetBufferPointer(),
                              builder_.GetBufferPointer() + builder_.GetSize());
    file.resize(start);
    file.insert(file.end(), constants_.begin(), constants_.end());
    const char* magic = "EDGRSUM1";
    file.insert(file.end(), magic, magic + 8);
    const uint64_t sum = edgert_checksum(file.data(), file.size() - 8);
    const auto* bytes = reinterpret_cast<const uint8_t*>(&sum);
    file.insert(file.end(), bytes, bytes + sizeof(sum));
    return file;
  }

  template <typename T>
  void each(const char* what, T& field, const std::vector<T>& values) {
    const T original = field;
    for (const T value : values) {
      if (value == original) continue;
      field = value;
      attempt(what, static_cast<int64_t>(value));
    }
    field = original;
  }

  // One entry more, one less, none.
  template <typename T>
  void lengths(const char* what, std::vector<T>& vector) {
    const std::vector<T> original = vector;
    const T last = original.empty() ? T{} : original.back();
    for (const size_t size : {original.size() + 1, original.size() - 1, size_t{0}, size_t{20}}) {
      if (size > original.size() + 20) continue;
      vector.resize(size, last);
      attempt(what, static_cast<int64_t>(size));
    }
    vector = original;
  }

  void vary_program(const std::string& part, schema::ProgramT& program) {
    for (size_t i = 0; i < program.calls.size(); ++i) {
      schema::KernelCallT& call = *program.calls[i];
      where_ = "call " + std::to_string(i) + " " + call.name + " (" +
               bundle_->kernels[call.kernel]->name + ")";
      if (part == "operands") vary_operands(program, call);
      if (part == "parameters") vary_parameters(call);
    }
    where_ = "program " + program.name;
    if (part == "rest") {
      each<uint64_t>("arena_size", program.arena_size, sizes(program.arena_size));
      for (auto& port : program.inputs) vary_port(*port);
      for (auto& port : program.outputs) vary_port(*port);
    }
    if (part != "tensors") return;
    for (size_t i = 0; i < program.tensors.size(); ++i) {
      where_ = "tensor " + std::to_string(i) + " " + program.tensors[i]->name;
      vary_tensor(*program.tensors[i]);
    }
  }

  void vary_operands(const schema::ProgramT& program, schema::KernelCallT& call) {
    std::vector<int32_t> tensors = {-1, -2, kLowest, kHighest};
    for (size_t i = 0; i <= program.tensors.size(); ++i) tensors.push_back(static_cast<int32_t>(i));
    for (int32_t& operand : call.inputs) each("input", operand, tensors);
    for (int32_t& operand : call.outputs) each("output", operand, tensors);
    lengths("inputs", call.inputs);
    lengths("outputs", call.outputs);
    std::vector<uint32_t> kernels = {~0u};
    for (size_t i = 0; i <= bundle_->kernels.size(); ++i)
      kernels.push_back(static_cast<uint32_t>(i));
    each("kernel", call.kernel, kernels);
    // Several at once: nothing may rely on another one.
    const std::vector<int32_t> inputs = call.inputs;
    for (int32_t& operand : call.inputs) operand = -1;
    attempt("all inputs", -1);
    call.inputs = inputs;
  }

  void vary_parameters(schema::KernelCallT& call) {
    for (size_t i = 0; i + 4 <= call.params.size(); i += 4) {
      uint32_t original;
      std::memcpy(&original, &call.params[i], 4);
      for (const uint32_t value : parameter_values(original)) {
        std::memcpy(&call.params[i], &value, 4);
        attempt(("parameter " + std::to_string(i / 4)).c_str(), static_cast<int32_t>(value));
      }
      std::memcpy(&call.params[i], &original, 4);
    }
    lengths("parameters", call.params);
    for (schema::Instruction& step : call.instructions) vary_instruction(step);
    lengths("instructions", call.instructions);
  }

  void vary_instruction(schema::Instruction& step) {
    const schema::Instruction old = step;
    const auto with = [&](const char* what, int64_t value, const schema::Instruction& changed) {
      step = changed;
      attempt(what, value);
      step = old;
    };
    for (uint16_t op = 0; op <= bundle_->operators.size(); ++op) {
      with("operator", op, {op, old.dst(), old.src0(), old.src1(), old.src2(), 0.0f, NAN});
    }
    for (const uint8_t i : std::initializer_list<uint8_t>{0, 1, 7, 8, 9, 15, 16, 255}) {
      const uint16_t op = old.op();
      with("dst", i, {op, i, old.src0(), old.src1(), old.src2(), old.immediate0(), 0.0f});
      with("src0", i, {op, old.dst(), i, old.src1(), old.src2(), old.immediate0(), 0.0f});
      with("src1", i, {op, old.dst(), old.src0(), i, old.src2(), old.immediate0(), 0.0f});
      with("src2", i, {op, old.dst(), old.src0(), old.src1(), i, old.immediate0(), 0.0f});
    }
    for (const float value : {NAN, INFINITY, -INFINITY, 0.0f, 3e38f, 1e-40f, -1.0f}) {
      with("immediate0", bits_of(value),
           {old.op(), old.dst(), old.src0(), old.src1(), old.src2(), value, old.immediate1()});
      with("immediate1", bits_of(value),
           {old.op(), old.dst(), old.src0(), old.src1(), old.src2(), old.immediate0(), value});
    }
  }

  static std::vector<int32_t> dims(int32_t original) {
    std::vector<int32_t> values = {0,    1,     2,        -1,           16,     64,
                                   1000, 65536, kHighest, kHighest / 2, kLowest};
    append(&values, neighbours(original));
    return values;
  }

  static std::vector<int64_t> strides(int64_t original) {
    std::vector<int64_t> values = {0,        1,         -1,        2,         16,           65536,
                                   kHighest, INT64_MAX, INT64_MIN, 1ll << 40, original + 64};
    append(&values, neighbours(original));
    return values;
  }

  static std::vector<uint64_t> sizes(uint64_t original) {
    std::vector<uint64_t> values = {0,          1,          4,          64,   1ull << 31,
                                    1ull << 47, 1ull << 48, 1ull << 63, ~0ull};
    for (const uint64_t step : {1u, 4u, 8u, 64u})
      append(&values, {original + step, original - step});
    append(&values, neighbours(original));
    return values;
  }

  // Those that exist, and some that do not.
  template <typename Enum>
  static std::vector<Enum> members() {
    std::vector<Enum> values = {static_cast<Enum>(255)};
    for (int i = 0; i <= static_cast<int>(Enum::MAX) + 1; ++i)
      values.push_back(static_cast<Enum>(i));
    return values;
  }

  void vary_tensor(schema::TensorT& tensor) {
    each("dtype", tensor.dtype, members<schema::DType>());
    each("storage", tensor.storage, members<schema::Storage>());
    each<uint32_t>("port", tensor.port, {0, 1, 2, 1000, ~0u});
    each("offset", tensor.offset, sizes(tensor.offset));
    for (int32_t& dim : tensor.shape) each("dim", dim, dims(dim));
    give_strides(&tensor);
    for (int64_t& stride : tensor.strides) each("stride", stride, strides(stride));
    lengths("dims", tensor.shape);
    lengths("strides", tensor.strides);
  }

  static void give_strides(schema::TensorT* tensor) {
    if (!tensor->strides.empty()) return;
    int64_t step = 1;
    for (size_t i = tensor->shape.size(); i-- > 0; step *= tensor->shape[i]) {
      tensor->strides.insert(tensor->strides.begin(), step);
    }
  }

  void vary_port(schema::PortT& port) {
    where_ = "port " + port.name;
    each("dtype", port.dtype, members<schema::DType>());
    for (int32_t& dim : port.shape) each("dim", dim, dims(dim));
    lengths("dims", port.shape);
    for (auto& size : port.sizes) {
      each("axis", size->axis, {-1, 0, 1, 7, 8, kHighest, kLowest});
      each<uint32_t>("output", size->output, {0, 1, 2, 3, 1000, ~0u});
    }
    if (port.quantization == nullptr) return;
    for (float& scale : port.quantization->scale) each("scale", scale, {0, -1, NAN, INFINITY});
    lengths("scale", port.quantization->scale);
    lengths("zero_point", port.quantization->zero_point);
  }

  void vary_rest() {
    for (auto& state : bundle_->states) {
      vary_port(*state->port);
      each("offset", state->offset, sizes(state->offset));
      each("initial", state->initial, strides(state->initial));
    }
    for (auto& segment : bundle_->segments) {
      where_ = "segment";
      each("payload_offset", segment->payload_offset, sizes(segment->payload_offset));
      each("payload_size", segment->payload_size, sizes(segment->payload_size));
    }
    for (auto& kernel : bundle_->kernels) {
      where_ = "kernel " + kernel->name;
      each<uint16_t>("version", kernel->version, {0, 1, 2, 65535});
    }
    where_ = "bundle";
    each("constants_size", bundle_->constants_size, sizes(bundle_->constants_size));
    each("halves_offset", bundle_->halves_offset, sizes(bundle_->halves_offset));
    each("halves_count", bundle_->halves_count, sizes(bundle_->halves_count));
  }

  std::unique_ptr<schema::BundleT> bundle_;
  std::vector<uint8_t> constants_;
  flatbuffers::FlatBufferBuilder builder_;
  Random random_;
  std::string where_ = "it";
  int tried_ = 0, ran_ = 0;
};

int exhaust(const char* path, const char* part) {
  const std::vector<uint8_t> file = read_file(path);
  if (file.size() < 64) return std::fprintf(stderr, "%s is no bundle\n", path), 1;
  Exhaustion exhaustion(file);
  if (!exhaustion.runs()) {
    std::fprintf(stderr, "%s does not run undamaged\n", path);
    return 1;
  }
  exhaustion.vary(part);
  std::printf("%d of %d changed bundles ran\n", exhaustion.ran(), exhaustion.tried());
  return 0;
}

}  // namespace
}  // namespace edgert::testing

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: edgert_exhaust BUNDLE operands|parameters|tensors|rest\n");
    return 2;
  }
  return edgert::testing::exhaust(argv[1], argv[2]);
}
