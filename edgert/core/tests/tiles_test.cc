#include "kernels/conv/tiles.h"

#include <doctest/doctest.h>

#include "tests/kernel_call.h"

namespace edgert {
namespace {

using testing::Random;

Tensor image(int h, int w, int c) {
  Tensor tensor;
  tensor.dtype = DType::kS8;
  tensor.rank = 4;
  const int dims[4] = {1, h, w, c};
  int64_t stride = 1;
  for (int i = 3; i >= 0; --i) {
    tensor.dims[i] = dims[i];
    tensor.strides[i] = stride;
    stride *= dims[i];
  }
  return tensor;
}

}  // namespace

TEST_CASE("tiles of a convolution cover every pixel once, in whole steps") {
  Random random(1);
  for (int i = 0; i < 500; ++i) {
    const int h = random.integer(1, 60), w = random.integer(1, 60);
    const Tensor x = image(h, w, random.integer(1, 300)), y = image(h, w, random.integer(1, 300));
    const ConvGeometry geometry(x, y, {3, 3, 1, 1, 1, 1, 1, 1}, 1);
    const int step = random.integer(1, 6), mr = step * random.integer(1, 48 / step);
    const int threads = random.integer(1, 5);
    CAPTURE(h);
    CAPTURE(w);
    CAPTURE(mr);
    CAPTURE(step);
    const ConvTiles tiles(geometry, mr, step, 1, threads);
    CHECK(tiles.max_pixels <= mr);
    CHECK(tiles.first_pixel(0, geometry.pixels()) == 0);
    CHECK(tiles.first_pixel(tiles.pixel_tiles, geometry.pixels()) == geometry.pixels());
    for (int64_t t = 0; t < tiles.pixel_tiles; ++t) {
      const int64_t first = tiles.first_pixel(t, geometry.pixels());
      const int64_t last = tiles.first_pixel(t + 1, geometry.pixels());
      CHECK(first < last);
      CHECK(last - first <= tiles.max_pixels);
      CHECK(first % step == 0);
    }
  }
}

}  // namespace edgert
