// Kernels: what the calls of a bundle refer to, by name and version.
//
// A kernel is one object in one file under kernels/<family>/:
//
//   struct Params { int32_t axis; float scale[4]; };
//   constexpr ParamField kFields[] = {EDGERT_FIELD(Params, axis), EDGERT_FIELD(Params, scale)};
//   Status prepare(Call& call) { ... check everything run() relies on; set call.tiles ... }
//   Status run(const Call& call, int64_t begin, int64_t end, std::byte* scratch) { ... }
//   const Kernel kernel{"softmax_f32", 1, "x -> y", sizeof(Params), kFields, prepare, run};
//
// Parameter structs hold int32_t and float fields only. They grow at the end: a bundle written
// before a field existed gives zero for it, so zero must mean the old behaviour. Anything else is a
// new version.
#ifndef EDGERT_RUNTIME_KERNEL_H_
#define EDGERT_RUNTIME_KERNEL_H_

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "runtime/control.h"
#include "runtime/operands.h"
#include "runtime/status.h"
#include "runtime/tensor.h"

namespace edgert {

using ParamField = edgert_param_field;

namespace internal {
template <typename T>
constexpr char param_type() {
  using Element = std::remove_extent_t<T>;
  static_assert(std::is_same_v<Element, int32_t> || std::is_same_v<Element, float>,
                "kernel parameters are int32_t or float");
  return std::is_same_v<Element, float> ? 'f' : 'i';
}
}  // namespace internal

#define EDGERT_FIELD(Struct, field)                                                               \
  ::edgert::ParamField {                                                                          \
#field, ::edgert::internal::param_type < decltype(Struct::field)>(), offsetof(Struct, field), \
        static_cast < uint32_t>(sizeof(Struct::field) / 4)                                        \
  }

class Kernel;
struct ElementwiseOp;

// One resolved step of a fused elementwise call; see kernels/elementwise/elementwise.h.
struct Instruction {
  const ElementwiseOp* op;
  uint8_t dst;
  uint8_t src[3];
  float immediate[2];
};

// A kernel call bound to a session: pointers resolved, parameters copied and zero-extended.
struct Call {
  static constexpr int kMaxInputs = 16;
  static constexpr int kMaxOutputs = 4;
  static constexpr int64_t kMaxTiles = int64_t{1} << 30;

  const Kernel* kernel = nullptr;
  const char* name = "";  // of the ONNX node
  const void* params = nullptr;
  int32_t input_count = 0;
  int32_t output_count = 0;
  Tensor* inputs[kMaxInputs] = {};  // nullptr: optional input not given; see runtime/operands.h
  Tensor* outputs[kMaxOutputs] = {};
  const Instruction* instructions = nullptr;
  int32_t instruction_count = 0;
  int32_t threads = 1;  // of the session; for choosing tile sizes, never for results

  // Set by prepare():
  int64_t tiles = 1;                  // independent pieces of work; run() gets ranges of [0, tiles)
  uint64_t scratch_bytes = 0;         // per thread, 64-byte aligned; 64 bits on every machine
  const void* microkernel = nullptr;  // e.g. const GemmS8*

  edgert_error* error = nullptr;

  template <typename P>
  const P& parameters() const {
    return *static_cast<const P*>(params);
  }
  const Tensor* input(int i) const { return i < input_count ? inputs[i] : nullptr; }
};

// "call 'conv_3' (conv2d_s8): <message>", Status::kBundle.
__attribute__((format(printf, 2, 3))) Status reject(const Call& call, const char* format, ...);

// For prepare(): rejects the call where `condition` does not hold.
#define EDGERT_CHECK(call, condition, ...)                        \
  do {                                                            \
    if (!(condition)) return ::edgert::reject(call, __VA_ARGS__); \
  } while (false)

class Kernel {
 public:
  // Validates the call (a damaged bundle gets here) and plans it. That its operands are those that
  // the kernel declares has been checked. Constant inputs may be read; other tensors have their
  // final dims, but no data yet.
  using Prepare = Status (*)(Call& call);
  // Computes tiles [begin, end). Ranges of one call run concurrently. `scratch` is private to the
  // thread.
  using Run = Status (*)(const Call& call, int64_t begin, int64_t end, std::byte* scratch);

  template <size_t N>
  Kernel(const char* name, uint32_t version, Operands operands, size_t params_size,
         const ParamField (&fields)[N], Prepare prepare_function, Run run_function)
      : Kernel(name, version, operands, params_size, fields, N, prepare_function, run_function) {}
  // A kernel without parameters.
  Kernel(const char* name, uint32_t version, Operands operands, Prepare prepare_function,
         Run run_function)
      : Kernel(name, version, operands, 0, nullptr, 0, prepare_function, run_function) {}
  // A control kernel: the executor does what it stands for (runtime/control.h).
  template <size_t N>
  Kernel(const char* name, uint32_t version, Operands operands, size_t params_size,
         const ParamField (&fields)[N], Prepare prepare_function, Control control)
      : Kernel(name, version, operands, params_size, fields, N, prepare_function, run_nothing) {
    control_ = control;
  }
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  const char* name() const { return info_.name; }
  const edgert_kernel_info& info() const { return info_; }
  const Operands& operands() const { return operands_; }
  Status prepare(Call& call) const {
    EDGERT_RETURN_IF_ERROR(operands_.check(call));
    return prepare_(call);
  }
  Status run(const Call& call, int64_t begin, int64_t end, std::byte* scratch) const {
    return run_(call, begin, end, scratch);
  }
  Control control() const { return control_; }
  const Kernel* next() const { return next_; }

  static const Kernel* first() { return head(); }
  static const Kernel* find(const char* name, uint32_t version);

 private:
  Kernel(const char* name, uint32_t version, Operands operands, size_t params_size,
         const ParamField* fields, size_t field_count, Prepare prepare_function, Run run_function)
      : info_{name, version, static_cast<uint32_t>(params_size), fields,
              static_cast<uint32_t>(field_count)},
        operands_(operands),
        prepare_(prepare_function),
        run_(run_function),
        next_(head()) {
    head() = this;
  }
  static Status run_nothing(const Call&, int64_t, int64_t, std::byte*) { return Status::kOk; }
  static const Kernel*& head() {
    static const Kernel* head = nullptr;
    return head;
  }

  edgert_kernel_info info_;
  Operands operands_;
  Prepare prepare_;
  Run run_;
  Control control_ = Control::kNone;
  const Kernel* next_;
};

}  // namespace edgert

#endif  // EDGERT_RUNTIME_KERNEL_H_
