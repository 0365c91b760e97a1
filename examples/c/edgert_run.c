/* edgert-run: runs a bundle over raw arrays, through the C interface alone.
 *
 *   edgert-run model.edgert image.bin --out scores --threads 1 --repeat 100
 *
 * Each input file holds one input of the model, in its order: a contiguous little-endian array in
 * ONNX layout, as numpy's `x.tofile(path)` writes it. Output i goes to `<PREFIX><i>.bin`, written
 * likewise.
 */
#define _POSIX_C_SOURCE 199309L
#include <edgert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { kMaxPorts = 64 };

static const char kUsage[] =
    "usage: edgert-run BUNDLE INPUT... [--out PREFIX] [--threads N] [--repeat N]\n"
    "  INPUT      one file for each input of the model: a raw contiguous array\n"
    "  --out      write output i to PREFIX<i>.bin\n"
    "  --threads  default: follows CPU affinity and quota\n"
    "  --repeat   timed runs after the first one\n";

typedef struct {
  const char* bundle;
  const char* inputs[kMaxPorts];
  int input_count;
  const char* out; /* NULL: outputs are not written */
  int threads;     /* 0: default */
  int repeat;
} Options;

/* Buffers of the caller, one for each port; the session reads and writes them in place. */
typedef struct {
  edgert_port ports[kMaxPorts];
  void* data[kMaxPorts];
  int32_t count;
} Buffers;

/* Every function below gives 1 where all went well, or else 0 after printing what did not. */

/* `where`: NULL where the problem names it already. */
static int fail(const char* where, const char* problem) {
  fprintf(stderr, "edgert-run: %s%s%s\n", where ? where : "", where ? ": " : "", problem);
  return 0;
}

static int parse_number(const char* option, const char* text, int* number) {
  char* end;
  const long value = strtol(text, &end, 10);
  if (*text == '\0' || *end != '\0' || value < 1 || value > 1000000) {
    return fail(option, "give a number of at least 1");
  }
  *number = (int)value;
  return 1;
}

static int parse_option(const char* name, const char* value, Options* options) {
  if (value == NULL) return fail(name, "a value is missing, or the option is unknown");
  if (strcmp(name, "--threads") == 0) return parse_number(name, value, &options->threads);
  if (strcmp(name, "--repeat") == 0) return parse_number(name, value, &options->repeat);
  if (strcmp(name, "--out") != 0) return fail(name, "unknown option");
  options->out = value;
  return 1;
}

static int parse(int argc, char** argv, Options* options) {
  for (int i = 1; i < argc; ++i) {
    if (strncmp(argv[i], "--", 2) == 0) {
      if (!parse_option(argv[i], i + 1 < argc ? argv[i + 1] : NULL, options)) return 0;
      ++i;
    } else if (options->bundle == NULL) {
      options->bundle = argv[i];
    } else if (options->input_count < kMaxPorts) {
      options->inputs[options->input_count++] = argv[i];
    } else {
      return fail(argv[i], "too many inputs");
    }
  }
  if (options->bundle == NULL) fputs(kUsage, stderr);
  return options->bundle != NULL;
}

static int allocate(Buffers* buffers) {
  for (int32_t i = 0; i < buffers->count; ++i) {
    const size_t size = buffers->ports[i].size;
    buffers->data[i] = malloc(size > 0 ? size : 1);
    if (buffers->data[i] == NULL) return fail(buffers->ports[i].name, "out of memory");
  }
  return 1;
}

/* The session's inputs and outputs, with a buffer for each. */
static int make_buffers(const edgert_session* session, Buffers* inputs, Buffers* outputs) {
  const int32_t input_count = edgert_session_inputs(session);
  const int32_t output_count = edgert_session_outputs(session);
  if (input_count > kMaxPorts || output_count > kMaxPorts) {
    return fail("the model", "has too many inputs or outputs");
  }
  inputs->count = input_count;
  outputs->count = output_count;
  for (int32_t i = 0; i < input_count; ++i) edgert_session_input(session, i, &inputs->ports[i]);
  for (int32_t i = 0; i < output_count; ++i) edgert_session_output(session, i, &outputs->ports[i]);
  return allocate(inputs) && allocate(outputs);
}

static void free_buffers(Buffers* buffers) {
  for (int32_t i = 0; i < buffers->count; ++i) free(buffers->data[i]);
}

/* The file must hold exactly `size` bytes. */
static int read_file(const char* path, void* data, size_t size) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) return fail(path, "cannot be read");
  const int exact = fread(data, 1, size, file) == size && fgetc(file) == EOF;
  fclose(file);
  return exact;
}

static int read_inputs(const Options* options, Buffers* inputs) {
  if (options->input_count != inputs->count) {
    fprintf(stderr, "edgert-run: the model has %d inputs, %d files were given\n",
            (int)inputs->count, options->input_count);
    return 0;
  }
  for (int32_t i = 0; i < inputs->count; ++i) {
    const edgert_port* port = &inputs->ports[i];
    if (!read_file(options->inputs[i], inputs->data[i], port->size)) {
      fprintf(stderr, "edgert-run: %s: input '%s' is an array of %zu bytes\n", options->inputs[i],
              port->name, port->size);
      return 0;
    }
  }
  return 1;
}

static int write_outputs(const char* prefix, const Buffers* outputs) {
  char path[4096];
  for (int32_t i = 0; i < outputs->count; ++i) {
    const int length = snprintf(path, sizeof(path), "%s%d.bin", prefix, (int)i);
    if (length < 0 || (size_t)length >= sizeof(path)) return fail("--out", "too long");
    FILE* file = fopen(path, "wb");
    if (file == NULL) return fail(path, "cannot be written");
    const size_t written = fwrite(outputs->data[i], 1, outputs->ports[i].size, file);
    if (fclose(file) != 0 || written != outputs->ports[i].size) {
      return fail(path, "cannot be written");
    }
  }
  return 1;
}

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

/* The first run, then `repeat` more, timed each. */
static int run(edgert_session* session, int repeat, const Buffers* inputs, const Buffers* outputs) {
  edgert_error error;
  double first = 0, fastest = 0, sum = 0;
  for (int i = 0; i <= repeat; ++i) {
    const double started = milliseconds();
    if (edgert_session_run(session, (const void* const*)inputs->data, (void* const*)outputs->data,
                           &error) != EDGERT_OK) {
      return fail("run", error.message);
    }
    const double elapsed = milliseconds() - started;
    if (i == 0) first = elapsed;
    if (i > 0) sum += elapsed;
    if (i == 1 || elapsed < fastest) fastest = elapsed;
  }
  printf("first run: %.3f ms\n", first);
  if (repeat > 0) {
    printf("latency: min %.3f ms, mean %.3f ms over %d runs\n", fastest, sum / repeat, repeat);
  }
  return 1;
}

static int run_session(edgert_session* session, const Options* options) {
  static Buffers inputs, outputs; /* zero, so that freeing is always right */
  printf("isa: %s, threads: %d, memory: %zu bytes\n", edgert_isa(),
         (int)edgert_session_threads(session), edgert_session_memory(session));
  const int done = make_buffers(session, &inputs, &outputs) && read_inputs(options, &inputs) &&
                   run(session, options->repeat, &inputs, &outputs) &&
                   (options->out == NULL || write_outputs(options->out, &outputs));
  free_buffers(&inputs);
  free_buffers(&outputs);
  return done;
}

int main(int argc, char** argv) {
  Options options = {0};
  edgert_model* model = NULL;
  edgert_session* session = NULL;
  edgert_error error;
  if (!parse(argc, argv, &options)) return 2;
  int done = 0;
  if (edgert_model_open(options.bundle, EDGERT_LOAD_DEFAULT, &model, &error) != EDGERT_OK) {
    fail(NULL, error.message);
  } else if (edgert_session_create(model, 0, options.threads, &session, &error) != EDGERT_OK) {
    fail(options.bundle, error.message);
  } else {
    done = run_session(session, &options);
  }
  edgert_session_destroy(session);
  edgert_model_close(model);
  return done ? 0 : 1;
}
