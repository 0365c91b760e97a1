// Structured control flow between the calls of a program.
//
// A call of a control kernel (kernels/control/) has bodies: the calls that follow it, as many as
// its parameters say, its own bodies one behind the other. Bodies nest; they never overlap. The
// executor decides which of them run, and how often; control kernels compute nothing.
#ifndef EDGERT_RUNTIME_CONTROL_H_
#define EDGERT_RUNTIME_CONTROL_H_

#include <cstdint>

namespace edgert {

enum class Control : uint8_t { kNone, kIf, kLoop };

// Of `if`, whose only input is the condition, bool8[1].
struct IfParams {
  int32_t then_calls;
  int32_t else_calls;  // these follow the others
};

// Of `loop`. Inputs: trip count s64[1], condition bool8[1] or none. Output: the number of the
// iteration s64[1], written before each. Iterations go on while the number is less than the trip
// count, which is read once, and the condition, which is read before each iteration, holds.
struct LoopParams {
  int32_t body_calls;
};

// Of one execution of a loop. More is a run-time error: no input makes a device hang.
constexpr int64_t kMaxIterations = int64_t{1} << 20;

// Of bodies within each other. A branch of an `if` within the other counts too.
constexpr uint32_t kMaxNesting = 32;

}  // namespace edgert

#endif  // EDGERT_RUNTIME_CONTROL_H_
