#include "preprocess.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kMaxChannels = 3, kPrecision = 22 };

/* ---- images ---- */

/* The next number of a header, behind blanks and comments; 0 where there is none. */
static int header_number(FILE* file) {
  int c = fgetc(file);
  while (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '#') {
    if (c == '#') {
      while (c != '\n' && c != EOF) c = fgetc(file);
    }
    c = fgetc(file);
  }
  int number = 0;
  for (; c >= '0' && c <= '9'; c = fgetc(file)) {
    if (number > 99999) return 0;
    number = 10 * number + (c - '0');
  }
  return number; /* the one blank behind it has been read */
}

static const char* read_pixels(FILE* file, Image* image) {
  const int magic = fgetc(file) == 'P' ? fgetc(file) : EOF;
  if (magic != '5' && magic != '6') return "is no binary PPM (P6) or PGM (P5)";
  image->channels = magic == '6' ? 3 : 1;
  image->width = header_number(file);
  image->height = header_number(file);
  if (header_number(file) != 255) return "does not have 8 bits per channel";
  if (image->width < 1 || image->height < 1 || image->width > 65535 || image->height > 65535) {
    return "has no size that makes sense";
  }
  const size_t size = (size_t)image->width * image->height * image->channels;
  image->pixels = malloc(size);
  if (image->pixels == NULL) return "is too large";
  return fread(image->pixels, 1, size, file) == size ? NULL : "ends too early";
}

const char* image_read(const char* path, Image* image) {
  memset(image, 0, sizeof(*image));
  FILE* file = fopen(path, "rb");
  if (file == NULL) return "cannot be read";
  const char* problem = read_pixels(file, image);
  fclose(file);
  return problem;
}

static const char* image_new(int width, int height, int channels, Image* image) {
  image->width = width;
  image->height = height;
  image->channels = channels;
  image->pixels = malloc((size_t)width * height * channels);
  return image->pixels != NULL ? NULL : "out of memory";
}

/* ---- what the bundle declares ---- */

typedef struct {
  char resize[16], channels[16], layout[16], interpolation[16], dtype[16];
  int short_side; /* 0: until the crop just fits */
  int height, width;
  float scale;
  float mean[kMaxChannels], std[kMaxChannels];
  int pad_value;
} Declaration;

/* A value of the JSON object: a text, or numbers. */
typedef struct {
  char text[16];
  double numbers[kMaxChannels];
  int count;
} Value;

static const char* skip_blanks(const char* json) { return json + strspn(json, " \n\t,:"); }

/* Both give the position behind what they read, NULL where there is something else. */
static const char* read_text(const char* json, char text[16]) {
  if (*json++ != '"') return NULL;
  const size_t length = strcspn(json, "\"");
  if (length > 15 || json[length] != '"') return NULL;
  memcpy(text, json, length);
  text[length] = '\0';
  return json + length + 1;
}

static const char* read_value(const char* json, Value* value) {
  const int list = *json == '[';
  value->count = 0;
  if (*json == '"') return read_text(json, value->text);
  json += list;
  do {
    char* end;
    if (value->count == kMaxChannels) return NULL;
    value->numbers[value->count++] = strtod(json, &end);
    if (end == json) return NULL;
    json = skip_blanks(end);
  } while (list && *json != ']');
  return json + list;
}

/* Of a channel each; one number stands for all. */
static void set_channels(float to[kMaxChannels], const Value* value) {
  for (int c = 0; c < kMaxChannels; ++c) {
    to[c] = (float)value->numbers[c < value->count ? c : 0];
  }
}

static int set_field(Declaration* d, const char* name, const Value* value) {
  const int number = (int)value->numbers[0];
  if (strcmp(name, "resize") == 0) return strcpy(d->resize, value->text) != NULL;
  if (strcmp(name, "channels") == 0) return strcpy(d->channels, value->text) != NULL;
  if (strcmp(name, "layout") == 0) return strcpy(d->layout, value->text) != NULL;
  if (strcmp(name, "interpolation") == 0) return strcpy(d->interpolation, value->text) != NULL;
  if (strcmp(name, "dtype") == 0) return strcpy(d->dtype, value->text) != NULL;
  if (strcmp(name, "short_side") == 0) return d->short_side = number, 1;
  if (strcmp(name, "pad_value") == 0) return d->pad_value = number, 1;
  if (strcmp(name, "scale") == 0) return d->scale = (float)value->numbers[0], 1;
  if (strcmp(name, "mean") == 0) return set_channels(d->mean, value), 1;
  if (strcmp(name, "std") == 0) return set_channels(d->std, value), 1;
  if (strcmp(name, "size") != 0 || value->count != 2) return 0;
  return d->height = number, d->width = (int)value->numbers[1], 1;
}

/* Fields that differ from their defaults, as a JSON object without nested ones. */
static const char* read_declaration(const edgert_model* model, Declaration* declaration) {
  static const Declaration kDefaults = {"short_side", "rgb",     "nchw",    "bilinear", "", 0, 0, 0,
                                        1.0f / 255,   {0, 0, 0}, {1, 1, 1}, 114};
  *declaration = kDefaults;
  const char* json = edgert_model_metadata(model, "preprocessing");
  if (json == NULL) return "the bundle declares no preprocessing; compile it with --preprocess";
  for (json = skip_blanks(json + 1); *json != '}'; json = skip_blanks(json)) {
    char name[16];
    Value value = {"", {0, 0, 0}, 0};
    json = read_text(json, name);
    if (json != NULL) json = read_value(skip_blanks(json), &value);
    if (json == NULL || !set_field(declaration, name, &value)) {
      return "the bundle declares preprocessing that this program does not know";
    }
  }
  if (strcmp(declaration->interpolation, "bilinear") != 0) {
    return "the bundle declares another interpolation than bilinear";
  }
  return NULL;
}

/* ---- resizing as Pillow does: antialiased, in fixed point; here always rows first ---- */

/* Which pixels one pixel of the result is made of. */
typedef struct {
  int first, count;
  int* weights;
} Window;

static double triangle(double x) { return fabs(x) < 1 ? 1 - fabs(x) : 0; }

static void make_window(int from, int to, int position, Window* window) {
  const double scale = (double)from / to;
  const double reach = scale > 1 ? scale : 1;
  const double centre = (position + 0.5) * scale;
  const int first = (int)(centre - reach + 0.5), end = (int)(centre + reach + 0.5);
  window->first = first > 0 ? first : 0;
  window->count = (end < from ? end : from) - window->first;
  double sum = 0;
  for (int i = 0; i < window->count; ++i) {
    sum += triangle((i + window->first - centre + 0.5) * (1 / reach));
  }
  for (int i = 0; i < window->count; ++i) {
    const double weight = triangle((i + window->first - centre + 0.5) * (1 / reach)) / sum;
    window->weights[i] = (int)(0.5 + weight * (1 << kPrecision));
  }
}

/* `stride`: between the pixels of the window. */
static unsigned char weighted(const unsigned char* pixels, size_t stride, const Window* window) {
  int sum = 1 << (kPrecision - 1);
  for (int i = 0; i < window->count; ++i) sum += pixels[i * stride] * window->weights[i];
  sum >>= kPrecision;
  return (unsigned char)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

/* Along one axis: lines of `inner` interleaved samples become `to` such lines. */
static void resize_axis(const unsigned char* in, int outer, int from, int to, size_t inner,
                        Window* window, unsigned char* out) {
  for (int position = 0; position < to; ++position) {
    make_window(from, to, position, window);
    for (int o = 0; o < outer; ++o) {
      const unsigned char* line = in + ((size_t)o * from + window->first) * inner;
      for (size_t i = 0; i < inner; ++i) {
        out[((size_t)o * to + position) * inner + i] = weighted(line + i, inner, window);
      }
    }
  }
}

static const char* resized(const Image* image, int width, int height, Image* result) {
  const int channels = image->channels;
  const int longest = image->width > image->height ? image->width : image->height;
  Window window = {0, 0, malloc(((size_t)longest + 2) * sizeof(int))};
  Image narrow = {0};
  const char* problem = image_new(width, image->height, channels, &narrow);
  if (problem == NULL) problem = image_new(width, height, channels, result);
  if (problem == NULL && window.weights == NULL) problem = "out of memory";
  if (problem == NULL) {
    resize_axis(image->pixels, image->height, image->width, width, channels, &window,
                narrow.pixels);
    resize_axis(narrow.pixels, 1, image->height, height, (size_t)width * channels, &window,
                result->pixels);
  }
  free(narrow.pixels);
  free(window.weights);
  return problem;
}

/* ---- size and place ---- */

static int larger(int a, int b) { return a > b ? a : b; }

/* rint: halves go to the even number, as in Python. */
static void scaled_size(const Declaration* d, const Image* image, int* width, int* height) {
  const double x = (double)d->width / image->width, y = (double)d->height / image->height;
  *width = image->width;
  *height = image->height;
  if (strcmp(d->resize, "exact") == 0) {
    *width = d->width;
    *height = d->height;
  } else if (strcmp(d->resize, "letterbox") == 0) {
    *width = larger(1, (int)rint(image->width * (x < y ? x : y)));
    *height = larger(1, (int)rint(image->height * (x < y ? x : y)));
  } else if (strcmp(d->resize, "short_side") == 0 && d->short_side > 0) {
    const long shorter = image->width < image->height ? image->width : image->height;
    *width = (int)((long)d->short_side * image->width / shorter);
    *height = (int)((long)d->short_side * image->height / shorter);
  } else if (strcmp(d->resize, "short_side") == 0) {
    *width = larger(d->width, (int)rint(image->width * (x > y ? x : y)));
    *height = larger(d->height, (int)rint(image->height * (x > y ? x : y)));
  }
}

/* Where the result's pixel (0, 0) lies in the scaled image; negative in the padding. */
static int offset(const Declaration* d, int scaled, int wanted) {
  if (strcmp(d->resize, "letterbox") == 0) return -((wanted - scaled) / 2);
  return (int)rint((scaled - wanted) / 2.0);
}

/* ---- numbers ---- */

static float clamped(float x, float low, float high) { return x < low ? low : x > high ? high : x; }

/* Element `i` of the input, from a pixel's number. */
static void store(const edgert_port* port, size_t i, float number, void* input) {
  if (port->dtype == EDGERT_F32) {
    ((float*)input)[i] = number;
    return;
  }
  const float low = port->dtype == EDGERT_S8 ? -128 : 0;
  const float zero_point = (float)port->zero_point;
  if (port->scale != 0) number *= (float)(1 / (double)port->scale);
  const float whole = rintf(clamped(number, low - zero_point, low + 255 - zero_point)) + zero_point;
  if (port->dtype == EDGERT_S8) {
    ((signed char*)input)[i] = (signed char)whole;
  } else {
    ((unsigned char*)input)[i] = (unsigned char)whole;
  }
}

static void write_input(const Declaration* d, const edgert_port* port, const Image* scaled,
                        void* input) {
  const int channels = scaled->channels, last = strcmp(d->layout, "nhwc") == 0;
  const int left = offset(d, scaled->width, d->width), top = offset(d, scaled->height, d->height);
  const int reversed = strcmp(d->channels, "bgr") == 0;
  for (int y = 0; y < d->height; ++y) {
    for (int x = 0; x < d->width; ++x) {
      const int from_x = x + left, from_y = y + top;
      const int inside =
          from_x >= 0 && from_y >= 0 && from_x < scaled->width && from_y < scaled->height;
      const size_t from = ((size_t)from_y * scaled->width + from_x) * channels;
      for (int c = 0; c < channels; ++c) {
        const int channel = reversed ? channels - 1 - c : c;
        const float pixel = inside ? scaled->pixels[from + channel] : (float)d->pad_value;
        const size_t to = last ? ((size_t)y * d->width + x) * channels + c
                               : ((size_t)c * d->height + y) * d->width + x;
        store(port, to, (pixel * d->scale - d->mean[c]) / d->std[c], input);
      }
    }
  }
}

const char* preprocess(const edgert_model* model, const edgert_port* port, const Image* image,
                       void* input) {
  Declaration d;
  const char* problem = read_declaration(model, &d);
  if (problem != NULL) return problem;
  const int channels = strcmp(d.channels, "gray") == 0 ? 1 : 3;
  if (channels != image->channels) return "the image is gray and the model wants colours, or not";
  const size_t count = (size_t)d.width * d.height * channels;
  if (port->size != count * (port->dtype == EDGERT_F32 ? 4 : 1) ||
      (port->dtype != EDGERT_F32 && port->dtype != EDGERT_S8 && port->dtype != EDGERT_U8)) {
    return "the model's input is not one image of float32, int8 or uint8";
  }
  Image scaled = *image;
  int width, height;
  scaled_size(&d, image, &width, &height);
  if (strcmp(d.resize, "letterbox") != 0 && (width < d.width || height < d.height)) {
    return "the image is smaller than the model's input";
  }
  const int resize = width != image->width || height != image->height;
  if (resize) problem = resized(image, width, height, &scaled);
  if (problem == NULL) write_input(&d, port, &scaled, input);
  if (resize) free(scaled.pixels);
  return problem;
}
