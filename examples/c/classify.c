/* edgert-classify: tells what an image shows, with the preprocessing that the bundle declares.
 *
 *   edgert-classify model.edgert photo.ppm
 */
#include <edgert.h>
#include <stdio.h>
#include <stdlib.h>

#include "preprocess.h"

enum { kShown = 5 };

static int fail(const char* where, const char* problem) {
  fprintf(stderr, "edgert-classify: %s: %s\n", where, problem);
  return 0;
}

static float score(const edgert_port* port, const void* scores, size_t i) {
  if (port->dtype == EDGERT_F32) return ((const float*)scores)[i];
  const int stored = port->dtype == EDGERT_S8 ? ((const signed char*)scores)[i]
                                              : ((const unsigned char*)scores)[i];
  return (float)(stored - port->zero_point) * (port->scale != 0 ? port->scale : 1);
}

/* The classes with the highest scores, one a line: score, number, label where there is one. */
static void show(const edgert_model* model, const edgert_port* port, const void* scores) {
  const size_t count = port->size / (port->dtype == EDGERT_F32 ? 4 : 1);
  size_t best[kShown];
  size_t shown = 0;
  for (size_t i = 0; i < count; ++i) {
    size_t place = shown < kShown ? shown++ : kShown;
    for (; place > 0 && score(port, scores, i) > score(port, scores, best[place - 1]); --place) {
      if (place < kShown) best[place] = best[place - 1];
    }
    if (place < kShown) best[place] = i;
  }
  for (size_t i = 0; i < shown; ++i) {
    const char* label = edgert_model_label(model, (int32_t)best[i]);
    printf("%9.4f  %4zu%s%s\n", score(port, scores, best[i]), best[i], label ? "  " : "",
           label ? label : "");
  }
}

/* Both give 1 where all went well, or else 0 after printing what did not. */

static int run(const edgert_model* model, edgert_session* session, const char* path,
               const Image* image) {
  edgert_port in, out;
  edgert_error error;
  if (edgert_session_inputs(session) != 1 || edgert_session_outputs(session) != 1) {
    return fail("the model", "has more than one input or output");
  }
  edgert_session_input(session, 0, &in);
  edgert_session_output(session, 0, &out);
  if (out.dtype != EDGERT_F32 && out.dtype != EDGERT_S8 && out.dtype != EDGERT_U8) {
    return fail("the model", "gives no scores of float32, int8 or uint8");
  }
  void* input = malloc(in.size);
  void* output = malloc(out.size);
  const char* problem = input == NULL || output == NULL ? "out of memory" : NULL;
  if (problem == NULL) problem = preprocess(model, &in, image, input);
  const void* inputs[] = {input};
  void* outputs[] = {output};
  if (problem == NULL && edgert_session_run(session, inputs, outputs, &error) != EDGERT_OK) {
    problem = error.message;
  }
  if (problem == NULL) show(model, &out, output);
  free(input);
  free(output);
  return problem == NULL ? 1 : fail(path, problem);
}

static int classify(const edgert_model* model, edgert_session* session, const char* path) {
  Image image;
  const char* problem = image_read(path, &image);
  const int done = problem == NULL ? run(model, session, path, &image) : fail(path, problem);
  free(image.pixels);
  return done;
}

int main(int argc, char** argv) {
  edgert_model* model = NULL;
  edgert_session* session = NULL;
  edgert_error error;
  if (argc != 3) {
    fputs("usage: edgert-classify BUNDLE IMAGE\n  IMAGE  a binary PPM or PGM file\n", stderr);
    return 2;
  }
  int done = 0;
  if (edgert_model_open(argv[1], EDGERT_LOAD_DEFAULT, &model, &error) != EDGERT_OK) {
    fprintf(stderr, "edgert-classify: %s\n", error.message); /* names the file */
  } else if (edgert_session_create(model, 0, 0, &session, &error) != EDGERT_OK) {
    fail(argv[1], error.message);
  } else {
    done = classify(model, session, argv[2]);
  }
  edgert_session_destroy(session);
  edgert_model_close(model);
  return done ? 0 : 1;
}
