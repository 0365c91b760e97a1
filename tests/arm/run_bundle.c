/* run_bundle BUNDLE THREADS INPUT... OUTPUT...: runs a bundle once over raw little-endian arrays, as many
 * files as it has inputs and then outputs. */
#include <edgert.h>
#include <stdio.h>
#include <stdlib.h>

enum { kMaxPorts = 16 };

static int transfer(const char* path, const char* mode, void* data, size_t size) {
  FILE* file = fopen(path, mode);
  if (file == NULL) return 1;
  const size_t done =
      mode[0] == 'r' ? fread(data, 1, size, file) : fwrite(data, 1, size, file);
  return fclose(file) != 0 || done != size;
}

static int fail(const char* message) {
  fprintf(stderr, "%s\n", message);
  return 1;
}

int main(int argc, char** argv) {
  edgert_error error = {""};
  edgert_model* model = NULL;
  edgert_session* session = NULL;
  if (argc < 3) return fail("usage: run_bundle BUNDLE THREADS INPUT... OUTPUT...");
  if (edgert_model_open(argv[1], EDGERT_LOAD_DEFAULT, &model, &error) != EDGERT_OK ||
      edgert_session_create(model, 0, atoi(argv[2]), &session, &error) != EDGERT_OK) {
    return fail(error.message);
  }
  const int32_t inputs = edgert_session_inputs(session), outputs = edgert_session_outputs(session);
  if (argc != 3 + inputs + outputs || inputs > kMaxPorts || outputs > kMaxPorts) {
    return fail("wrong number of files");
  }
  void* in[kMaxPorts];
  void* out[kMaxPorts];
  edgert_port port;
  for (int32_t i = 0; i < inputs; ++i) {
    edgert_session_input(session, i, &port);
    in[i] = malloc(port.size);
    if (transfer(argv[3 + i], "rb", in[i], port.size) != 0) return fail(argv[3 + i]);
  }
  for (int32_t i = 0; i < outputs; ++i) {
    edgert_session_output(session, i, &port);
    out[i] = malloc(port.size);
  }
  if (edgert_session_run(session, (const void* const*)in, out, &error) != EDGERT_OK) {
    return fail(error.message);
  }
  for (int32_t i = 0; i < outputs; ++i) {
    edgert_session_output(session, i, &port);
    if (transfer(argv[3 + inputs + i], "wb", out[i], port.size) != 0) {
      return fail(argv[3 + inputs + i]);
    }
    free(out[i]);
  }
  for (int32_t i = 0; i < inputs; ++i) free(in[i]);
  edgert_session_destroy(session);
  edgert_model_close(model);
  return 0;
}
