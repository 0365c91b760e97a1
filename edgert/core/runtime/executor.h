// Runs the calls of a program.
#ifndef EDGERT_RUNTIME_EXECUTOR_H_
#define EDGERT_RUNTIME_EXECUTOR_H_

#include "runtime/session.h"

namespace edgert {

// Proves what run_calls() relies on: every body lies inside of the body, or the program, that its
// call is in. Calls have kernels and parameters.
Status check_bodies(const BoundCall* calls, uint32_t count, edgert_error* error);

// Runs all calls of the selected program in order, bodies of control flow as often as their
// conditions say. Adds up the time of each call where the session has a profile.
Status run_calls(edgert_session* session, edgert_error* error);

}  // namespace edgert

#endif  // EDGERT_RUNTIME_EXECUTOR_H_
