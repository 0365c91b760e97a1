#include "runtime/executor.h"

#include <algorithm>
#include <ctime>

namespace edgert {
namespace {

uint64_t now_nanoseconds() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1000000000u + static_cast<uint64_t>(time.tv_nsec);
}

// The numbers of calls in the two bodies of a control call.
struct Bodies {
  int64_t first;
  int64_t second;
};

Bodies bodies_of(const Call& call) {
  switch (call.kernel->control()) {
    case Control::kIf: {
      const auto& params = call.parameters<IfParams>();
      return {params.then_calls, params.else_calls};
    }
    case Control::kLoop:
      return {call.parameters<LoopParams>().body_calls, 0};
    case Control::kNone:
      break;
  }
  return {0, 0};
}

bool is_true(const Tensor& condition) { return *condition.as<uint8_t>() != 0; }

class Executor {
 public:
  Executor(edgert_session* session, edgert_error* error)
      : session_(session), program_(*session->program), error_(error) {
    if (session->profile != nullptr) {
      std::fill_n(session->profile, program_.call_count, uint64_t{0});
      started_ = now_nanoseconds();
    }
  }

  // Calls [begin, end). Recursion is as deep as bodies nest: check_bodies() bounds it.
  Status run(uint32_t begin, uint32_t end) {
    for (uint32_t i = begin; i < end; ++i) {
      switch (program_.calls[i].kernel->control()) {
        case Control::kNone:
          EDGERT_RETURN_IF_ERROR(run_call(i));
          break;
        case Control::kIf:
          EDGERT_RETURN_IF_ERROR(run_if(&i));
          break;
        case Control::kLoop:
          EDGERT_RETURN_IF_ERROR(run_loop(&i));
          break;
      }
    }
    return Status::kOk;
  }

 private:
  Status run_call(uint32_t index) {
    program_.calls[index].error = error_;
    EDGERT_RETURN_IF_ERROR(session_->pool.run(program_.first_call + index));
    if (session_->profile != nullptr) {
      const uint64_t finished = now_nanoseconds();
      session_->profile[index] += finished - started_;
      started_ = finished;
    }
    return Status::kOk;
  }

  // Leaves `index` at the last call of the bodies.
  Status run_if(uint32_t* index) {
    const BoundCall& call = program_.calls[*index];
    const Bodies bodies = bodies_of(call);
    const uint32_t first = *index + 1;
    const uint32_t middle = first + static_cast<uint32_t>(bodies.first);
    const uint32_t end = middle + static_cast<uint32_t>(bodies.second);
    *index = end - 1;
    return is_true(*call.inputs[0]) ? run(first, middle) : run(middle, end);
  }

  Status run_loop(uint32_t* index) {
    const BoundCall& call = program_.calls[*index];
    const uint32_t first = *index + 1;
    const uint32_t end = first + static_cast<uint32_t>(bodies_of(call).first);
    *index = end - 1;
    const int64_t trips = *call.inputs[0]->as<int64_t>();
    const Tensor* condition = call.input(1);
    for (int64_t i = 0; i < trips && (condition == nullptr || is_true(*condition)); ++i) {
      if (i == kMaxIterations) {
        return fail(error_, Status::kRuntime,
                    "call '%.80s' (loop): it has not ended after %lld iterations", call.name,
                    static_cast<long long>(kMaxIterations));
      }
      *call.outputs[0]->as<int64_t>() = i;
      EDGERT_RETURN_IF_ERROR(run(first, end));
    }
    return Status::kOk;
  }

  edgert_session* session_;
  const BoundProgram& program_;
  edgert_error* error_;
  uint64_t started_ = 0;
};

}  // namespace

Status check_bodies(const BoundCall* calls, uint32_t count, edgert_error* error) {
  uint32_t ends[kMaxNesting];  // of the bodies around a call, the innermost last
  uint32_t depth = 0;
  for (uint32_t i = 0; i < count; ++i) {
    while (depth > 0 && ends[depth - 1] == i) --depth;
    const Call& call = calls[i];
    if (call.kernel->control() == Control::kNone) continue;
    const Bodies bodies = bodies_of(call);
    const int64_t room = int64_t{depth > 0 ? ends[depth - 1] : count} - i - 1;
    if (bodies.first < 0 || bodies.second < 0 || bodies.first + bodies.second > room ||
        depth + 2 > kMaxNesting) {
      return fail(error, Status::kBundle,
                  "the bundle is damaged: the bodies of call '%.80s' are not where they should be",
                  call.name);
    }
    ends[depth++] = i + 1 + static_cast<uint32_t>(bodies.first + bodies.second);
    ends[depth++] = i + 1 + static_cast<uint32_t>(bodies.first);
  }
  return Status::kOk;
}

Status run_calls(edgert_session* session, edgert_error* error) {
  return Executor(session, error).run(0, session->program->call_count);
}

}  // namespace edgert
