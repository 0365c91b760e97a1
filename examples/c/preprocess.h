/* From an image to a model's input, as the bundle declares it (edgert compile --preprocess). */
#ifndef PREPROCESS_H_
#define PREPROCESS_H_

#include <edgert.h>

typedef struct {
  int width, height;
  int channels;          /* 3: red, green, blue; 1: gray */
  unsigned char* pixels; /* [height][width][channels] */
} Image;

/* Each function gives NULL where all went well, or else what did not. */

/* Reads a binary PPM or PGM file of 8 bits per channel. The caller frees `pixels`. */
const char* image_read(const char* path, Image* image);

/* Writes the input `port` of `model` to `input`, port->size bytes: resized and cropped or padded,
 * scaled and shifted, in the port's layout and element type. It has the numbers of
 * `session.preprocess` in Python but for one level of 255 here and there, where a version of Pillow
 * resizes in another order. Bilinear interpolation only. */
const char* preprocess(const edgert_model* model, const edgert_port* port, const Image* image,
                       void* input);

#endif
