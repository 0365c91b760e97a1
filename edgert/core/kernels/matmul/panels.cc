#include "kernels/matmul/panels.h"

#include <algorithm>

#include "kernels/multiversion.h"

namespace edgert {
namespace {

constexpr int64_t kPanelBytes = 128 * 1024;  // stays in the second-level cache

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
int64_t round_up(int64_t value) { return ceil_div(value, kMatmulBlock) * kMatmulBlock; }

// One block of up to 16 columns.
template <typename T>
struct PackRows {
  static EDGERT_INLINE void run(float* __restrict packed, const T* __restrict b, int64_t k_stride,
                                int64_t k, float factor) {
    for (int64_t i = 0; i < k; ++i) {
      for (int64_t j = 0; j < kMatmulBlock; ++j) {
        packed[i * kMatmulBlock + j] = static_cast<float>(b[i * k_stride + j]) * factor;
      }
    }
  }
};

template <typename T>
void pack_any(float* packed, const T* b, int64_t k_stride, int64_t n_stride, int64_t k,
              int64_t columns, float factor) {
  for (int64_t i = 0; i < k; ++i) {
    for (int64_t j = 0; j < kMatmulBlock; ++j) {
      packed[i * kMatmulBlock + j] =
          j < columns ? static_cast<float>(b[i * k_stride + j * n_stride]) * factor : 0.0f;
    }
  }
}

}  // namespace

MatmulShape::MatmulShape(const Call& call)
    : batch(call.inputs[0]->dims[0]),
      m(call.inputs[0]->dims[1]),
      k(call.inputs[0]->dims[2]),
      n(call.inputs[1]->dims[2]) {}

Status check_matmul(Call& call, DType dtype) {
  EDGERT_CHECK(call,
               call.input_count >= 2 && call.inputs[0] != nullptr && call.inputs[1] != nullptr,
               "needs a and b");
  EDGERT_CHECK(call, call.output_count == 1, "needs y");
  const Tensor& a = *call.inputs[0];
  const Tensor& b = *call.inputs[1];
  const Tensor& y = *call.outputs[0];
  EDGERT_CHECK(call, a.dtype == dtype && b.dtype == dtype && y.dtype == dtype,
               "a, b and y are not of the kernel's type");
  EDGERT_CHECK(call, a.rank == 3 && b.rank == 3 && y.rank == 3, "a, b and y need three dimensions");
  EDGERT_CHECK(call, a.dims[0] == b.dims[0] && a.dims[0] == y.dims[0], "batches differ");
  EDGERT_CHECK(call, a.dims[2] == b.dims[1], "a has %d columns, b has %d rows", a.dims[2],
               b.dims[1]);
  EDGERT_CHECK(call, a.dims[1] == y.dims[1] && b.dims[2] == y.dims[2],
               "y is not [batch, rows, columns]");
  EDGERT_CHECK(call, a.dims[2] >= 1 || y.count == 0, "nothing to sum over");
  return Status::kOk;
}

MatmulPanels::MatmulPanels(const MatmulShape& shape, int32_t threads, int64_t max_k_chunk)
    : k_chunk(std::min(shape.k, max_k_chunk)),
      k_chunks(ceil_div(shape.k, std::max<int64_t>(1, k_chunk))) {
  const int64_t all = round_up(std::max<int64_t>(1, shape.n));
  const int64_t cached =
      kPanelBytes / (std::max<int64_t>(1, shape.k) * static_cast<int64_t>(sizeof(float)));
  const int64_t per_thread = shape.batch >= threads ? all : ceil_div(all, threads);
  columns = std::min(all, std::max(kMatmulBlock, std::min(cached, round_up(per_thread)) / 16 * 16));
  panels = ceil_div(shape.n, columns);
}

MatmulPanels::Tile MatmulPanels::tile(const MatmulShape& shape, int64_t index) const {
  const int64_t first = index % panels * columns;
  return {index / panels, first, std::min(columns, shape.n - first)};
}

MatmulScratch::MatmulScratch(std::byte* scratch, const MatmulShape& shape,
                             const MatmulPanels& panels, int32_t mr) {
  packed = reinterpret_cast<float*>(scratch);
  bias = packed + panels.columns * shape.k;
  rows = bias + panels.columns;
  results = rows + round_up(mr * shape.k);
}

uint64_t MatmulScratch::bytes(const MatmulShape& shape, const MatmulPanels& panels, int32_t mr) {
  return static_cast<uint64_t>(panels.columns * (shape.k + 1 + mr) + round_up(mr * shape.k)) *
         sizeof(float);
}

template <typename T>
void pack_matmul_panel(float* packed, const T* b, int64_t k_stride, int64_t n_stride, int64_t k,
                       int64_t columns, float factor) {
  for (int64_t n = 0; n < columns; n += kMatmulBlock, packed += k * kMatmulBlock) {
    const T* block = b + n * n_stride;
    if (n_stride == 1 && columns - n >= kMatmulBlock) {
      multiversion<PackRows<T>>(packed, block, k_stride, k, factor);
    } else {
      pack_any(packed, block, k_stride, n_stride, k, std::min(kMatmulBlock, columns - n), factor);
    }
  }
}

template void pack_matmul_panel<float>(float*, const float*, int64_t, int64_t, int64_t, int64_t,
                                       float);
template void pack_matmul_panel<int8_t>(float*, const int8_t*, int64_t, int64_t, int64_t, int64_t,
                                        float);

}  // namespace edgert
