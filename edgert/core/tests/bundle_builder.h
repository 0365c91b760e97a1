// For loader tests: bundles from plain structs, so that a test can make any one thing wrong.
#ifndef EDGERT_TESTS_BUNDLE_BUILDER_H_
#define EDGERT_TESTS_BUNDLE_BUILDER_H_

#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "bundle_generated.h"
#include "edgert.h"

namespace edgert::testing {

struct TensorSpec {
  schema::Storage storage = schema::Storage::Arena;
  std::vector<int32_t> shape;
  uint64_t offset = 0;
  std::vector<int64_t> strides = {};  // empty: contiguous
  schema::DType dtype = schema::DType::f32;
  uint32_t port = 0;
};

struct CallSpec {
  uint32_t kernel = 0;
  std::vector<int32_t> inputs, outputs;
  std::vector<uint8_t> params = {};
  std::vector<schema::Instruction> instructions = {};
};

struct PortSpec {
  std::string name;
  std::vector<int32_t> shape;
  schema::DType dtype = schema::DType::f32;
};

struct StateSpec {
  PortSpec port;
  uint64_t offset = 0;
  int64_t initial = -1;
};

struct NameSpec {
  std::string name;
  uint16_t version = 1;
};

struct BundleSpec {
  uint32_t format = 1;
  std::string min_runtime = "0.1.0";
  std::vector<NameSpec> kernels, operators;
  std::vector<PortSpec> inputs, outputs;
  std::vector<TensorSpec> tensors;
  std::vector<CallSpec> calls;
  uint64_t arena_size = 0;
  std::vector<uint8_t> constants;
  uint64_t halves_offset = 0, halves_count = 0;
  std::vector<StateSpec> states = {};
  std::vector<BundleSpec> more_programs = {};  // for other shapes; only what a program has counts
};

// Bytes at a 64-byte boundary, in an allocation of exactly their size, so that AddressSanitizer
// sees whatever is read past them.
class AlignedBytes {
 public:
  explicit AlignedBytes(const std::vector<uint8_t>& bytes)
      : AlignedBytes(bytes.data(), bytes.size()) {}
  AlignedBytes(const uint8_t* bytes, size_t size) : size_(size) {
    void* block = nullptr;
    if (posix_memalign(&block, 64, size + (size == 0)) != 0) std::abort();
    data_.reset(static_cast<uint8_t*>(block));
    if (size > 0) std::memcpy(block, bytes, size);
  }
  uint8_t* data() { return data_.get(); }
  size_t size() const { return size_; }

 private:
  std::unique_ptr<uint8_t, decltype(&std::free)> data_{nullptr, std::free};
  size_t size_;
};

inline std::vector<uint8_t> build_tables(const BundleSpec& spec, uint64_t constants_offset) {
  flatbuffers::FlatBufferBuilder fbb;
  const auto names = [&](const std::vector<NameSpec>& items) {
    std::vector<flatbuffers::Offset<schema::NameVersion>> offsets;
    for (const auto& item : items) {
      offsets.push_back(schema::CreateNameVersionDirect(fbb, item.name.c_str(), item.version));
    }
    return fbb.CreateVector(offsets);
  };
  const auto port = [&](const PortSpec& item) {
    return schema::CreatePortDirect(fbb, item.name.c_str(), item.dtype, &item.shape);
  };
  const auto ports = [&](const std::vector<PortSpec>& items) {
    std::vector<flatbuffers::Offset<schema::Port>> offsets;
    for (const auto& item : items) offsets.push_back(port(item));
    return fbb.CreateVector(offsets);
  };
  const auto program = [&](const BundleSpec& p) {
    std::vector<flatbuffers::Offset<schema::Tensor>> tensors;
    for (const auto& t : p.tensors) {
      tensors.push_back(schema::CreateTensorDirect(fbb, "t", t.dtype, &t.shape,
                                                   t.strides.empty() ? nullptr : &t.strides,
                                                   t.storage, t.port, t.offset));
    }
    std::vector<flatbuffers::Offset<schema::KernelCall>> calls;
    for (const auto& c : p.calls) {
      calls.push_back(schema::CreateKernelCallDirect(fbb, c.kernel, "node", &c.inputs, &c.outputs,
                                                     &c.params, &c.instructions));
    }
    const auto inputs = ports(p.inputs), outputs = ports(p.outputs);
    return schema::CreateProgram(fbb, fbb.CreateString("main"), inputs, outputs,
                                 fbb.CreateVector(tensors), fbb.CreateVector(calls), p.arena_size);
  };
  std::vector<flatbuffers::Offset<schema::Program>> programs = {program(spec)};
  for (const BundleSpec& other : spec.more_programs) programs.push_back(program(other));
  std::vector<flatbuffers::Offset<schema::State>> states;
  for (const StateSpec& state : spec.states) {
    states.push_back(
        schema::CreateStateDirect(fbb, port(state.port), "out", state.offset, state.initial));
  }
  const auto kernels = names(spec.kernels), operators = names(spec.operators);
  const auto program_vector = fbb.CreateVector(programs);
  const auto state_vector = fbb.CreateVector(states);
  const auto min_runtime = fbb.CreateString(spec.min_runtime);
  schema::BundleBuilder bundle(fbb);
  bundle.add_constants_offset(constants_offset);
  bundle.add_constants_size(spec.constants.size());
  bundle.add_format(spec.format);
  bundle.add_min_runtime(min_runtime);
  bundle.add_kernels(kernels);
  bundle.add_operators(operators);
  bundle.add_programs(program_vector);
  bundle.add_states(state_vector);
  bundle.add_halves_offset(spec.halves_offset);
  bundle.add_halves_count(spec.halves_count);
  schema::FinishBundleBuffer(fbb, bundle.Finish());

  return {fbb.GetBufferPointer(), fbb.GetBufferPointer() + fbb.GetSize()};
}

// The whole file, with a valid checksum.
inline std::vector<uint8_t> build(const BundleSpec& spec) {
  const size_t start = (build_tables(spec, 1).size() + 63) / 64 * 64;
  std::vector<uint8_t> file = build_tables(spec, start);
  file.resize(start);
  file.insert(file.end(), spec.constants.begin(), spec.constants.end());
  const uint64_t sum = edgert_checksum(file.data(), file.size());
  const char* magic = "EDGRSUM1";
  file.insert(file.end(), magic, magic + 8);
  const auto* sum_bytes = reinterpret_cast<const uint8_t*>(&sum);
  file.insert(file.end(), sum_bytes, sum_bytes + 8);
  return file;
}

// A program that touches every part of the format:
//   x [2, 6] f32 -> transposed to [6, 2] -> rows gathered by a constant -> a + a -> y [3, 2]
inline BundleSpec small_spec() {
  using schema::Storage;
  BundleSpec spec;
  spec.kernels = {{"strided_copy"}, {"gather"}, {"elementwise"}};
  spec.operators = {{"add"}};
  spec.inputs = {{"x", {2, 6}}};
  spec.outputs = {{"y", {3, 2}}};
  spec.tensors = {
      {Storage::Input, {6, 2}, 0, {1, 6}}, {Storage::Arena, {6, 2}, 64},
      {Storage::Arena, {1, 6, 2}, 64},     {Storage::Constant, {3}, 0, {}, schema::DType::s32},
      {Storage::Arena, {1, 3, 2}, 0},      {Storage::Output, {1, 3, 2}, 0},
  };
  std::vector<uint8_t> elementwise(80);  // input_scale, input_zero_point, output_scale ...
  const float scale = 1.0f, lowest = -INFINITY, highest = INFINITY;
  std::memcpy(&elementwise[0], &scale, 4);
  std::memcpy(&elementwise[64], &scale, 4);
  std::memcpy(&elementwise[72], &lowest, 4);
  std::memcpy(&elementwise[76], &highest, 4);
  spec.calls = {
      {0, {0}, {1}},
      {1, {2, 3}, {4}},
      {2, {4}, {5}, elementwise, {schema::Instruction(0, 0, 0, 0, 0, 0.0f, 0.0f)}},
  };
  spec.arena_size = 64 + 48;
  const int32_t rows[] = {5, 0, -2};
  const auto* bytes = reinterpret_cast<const uint8_t*>(rows);
  spec.constants.assign(bytes, bytes + sizeof(rows));
  return spec;
}

// y = two floats that the bundle holds as f16, behind another constant.
inline BundleSpec halves_spec() {
  using schema::Storage;
  BundleSpec spec;
  spec.kernels = {{"strided_copy"}};
  spec.outputs = {{"y", {2}}};
  spec.tensors = {{Storage::Widened, {2}, 64}, {Storage::Output, {2}, 0}};
  spec.calls = {{0, {0}, {1}}};
  spec.constants.resize(4 + 2 * 18);
  const uint16_t halves[] = {0xc100, 0x0001};  // -2.5 and the smallest there is
  std::memcpy(&spec.constants[4 + 2 * 16], halves, sizeof(halves));
  spec.halves_offset = 4;
  spec.halves_count = 18;
  return spec;
}

}  // namespace edgert::testing

#endif  // EDGERT_TESTS_BUNDLE_BUILDER_H_
