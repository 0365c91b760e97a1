/* run_bundle BUNDLE RUNS: loads a bundle and runs it on zeros with one thread.
 *
 * Marks (count_instructions.c): before loading, behind loading, behind every run. Prints where the
 * library was loaded.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <edgert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { kMaxPorts = 64 };
typedef edgert_status (*Describe)(const edgert_session*, int32_t, edgert_port*);

static void check(edgert_status status, const edgert_error* error) {
  if (status == EDGERT_OK) return;
  fprintf(stderr, "run_bundle: %s\n", error->message);
  exit(1);
}

static void allocate(const edgert_session* session, Describe describe, int32_t count,
                     void** buffers) {
  for (int32_t i = 0; i < count && i < kMaxPorts; ++i) {
    edgert_port port;
    if (describe(session, i, &port) != EDGERT_OK) abort();
    buffers[i] = calloc(1, port.size + 1);
    if (buffers[i] == NULL) abort();
  }
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  Dl_info library;
  if (dladdr((void*)edgert_version, &library) == 0) return 1;
  printf("%p\n", library.dli_fbase);

  edgert_model* model;
  edgert_session* session;
  edgert_error error;
  getsid(0);
  check(edgert_model_open(argv[1], EDGERT_LOAD_DEFAULT, &model, &error), &error);
  check(edgert_session_create(model, 0, 1, &session, &error), &error);
  getsid(0);

  void* inputs[kMaxPorts];
  void* outputs[kMaxPorts];
  allocate(session, edgert_session_input, edgert_session_inputs(session), inputs);
  allocate(session, edgert_session_output, edgert_session_outputs(session), outputs);
  for (int i = 0; i < atoi(argv[2]); ++i) {
    check(edgert_session_run(session, (const void* const*)inputs, outputs, &error), &error);
    getsid(0);
  }
  return 0;
}
