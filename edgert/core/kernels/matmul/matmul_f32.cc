// matmul_f32: y = alpha * (a x b) + bias, docs/kernels.md.
#include <algorithm>
#include <cstring>
#include <limits>

#include "kernels/conv/fused.h"
#include "kernels/conv/gemm_f32.h"
#include "kernels/copy/transpose.h"
#include "kernels/matmul/panels.h"
#include "kernels/multiversion.h"

namespace edgert {
namespace {

struct Params {
  float alpha;
  int32_t fused;
};
constexpr ParamField kFields[] = {EDGERT_FIELD(Params, alpha), EDGERT_FIELD(Params, fused)};

// One thread's, for gemm_f32.h; every array starts at a multiple of 64 bytes.
struct Scratch {
  float* packed;   // [columns / 16][k][16]
  float* bias;     // [columns]
  float* rows;     // [mr][k]
  float* results;  // [mr][columns]

  Scratch(std::byte* scratch, const MatmulShape& shape, const MatmulPanels& panels, int32_t mr)
      : packed(reinterpret_cast<float*>(scratch)),
        bias(packed + panels.columns * shape.k),
        rows(bias + panels.columns),
        results(rows + row_floats(shape, mr)) {}

  static uint64_t bytes(const MatmulShape& shape, const MatmulPanels& panels, int32_t mr) {
    return static_cast<uint64_t>(panels.columns * (shape.k + 1 + mr) + row_floats(shape, mr)) *
           sizeof(float);
  }

 private:
  static int64_t row_floats(const MatmulShape& shape, int32_t mr) {
    return (mr * shape.k + 15) / 16 * 16;
  }
};

// One block of 16 columns; b may be where it goes.
struct PackRows {
  static EDGERT_INLINE void run(float* packed, const float* b, int64_t k_stride, int64_t k,
                                float factor) {
    for (int64_t i = 0; i < k; ++i) {
      EDGERT_INDEPENDENT
      for (int64_t j = 0; j < kMatmulBlock; ++j) {
        packed[i * kMatmulBlock + j] = b[i * k_stride + j] * factor;
      }
    }
  }
};

// Up to 16 columns that lie dense in b.
void pack_dense_columns(float* packed, const float* b, int64_t n_stride, int64_t k, int64_t columns,
                        float factor) {
  constexpr int64_t kSize = sizeof(float);
  if (columns < kMatmulBlock) std::fill(packed, packed + k * kMatmulBlock, 0.0f);
  transpose<uint32_t>(reinterpret_cast<const std::byte*>(b), n_stride * kSize,
                      reinterpret_cast<std::byte*>(packed), kMatmulBlock * kSize, k, columns);
  if (factor == 1.0f) return;
  multiversion<PackRows>(packed, static_cast<const float*>(packed), kMatmulBlock, k, factor);
}

void pack_any(float* packed, const float* b, int64_t k_stride, int64_t n_stride, int64_t k,
              int64_t columns, float factor) {
  for (int64_t i = 0; i < k; ++i, packed += kMatmulBlock, b += k_stride) {
    for (int64_t j = 0; j < columns; ++j) packed[j] = b[j * n_stride] * factor;
    for (int64_t j = columns; j < kMatmulBlock; ++j) packed[j] = 0.0f;
  }
}

// packed[block][k][16] = factor * b[k][n], zeros past `columns`.
void pack_panel(float* packed, const float* b, int64_t k_stride, int64_t n_stride, int64_t k,
                int64_t columns, float factor) {
  for (int64_t n = 0; n < columns; n += kMatmulBlock, packed += k * kMatmulBlock) {
    const float* block = b + n * n_stride;
    if (n_stride == 1 && columns - n >= kMatmulBlock) {
      multiversion<PackRows>(packed, block, k_stride, k, factor);
    } else if (k_stride == 1) {
      pack_dense_columns(packed, block, n_stride, k, std::min(kMatmulBlock, columns - n), factor);
    } else {
      pack_any(packed, block, k_stride, n_stride, k, std::min(kMatmulBlock, columns - n), factor);
    }
  }
}

Status prepare(Call& call) {
  EDGERT_RETURN_IF_ERROR(check_matmul(call, DType::kF32));
  const MatmulShape shape(call);
  if (const Tensor* bias = call.input(2); bias != nullptr) {
    EDGERT_CHECK(call, bias->dtype == DType::kF32 && bias->count == shape.n && bias->contiguous,
                 "bias is not a contiguous float for each column");
  }
  const GemmF32& gemm = best_float_variant<GemmF32>(call.parameters<Params>().fused != 0);
  const MatmulPanels panels(shape, call.threads, sizeof(float));
  call.microkernel = &gemm;
  call.tiles = call.outputs[0]->count == 0 ? 0 : panels.tiles(shape);
  call.scratch_bytes = Scratch::bytes(shape, panels, gemm.mr);
  return Status::kOk;
}

class Executor {
 public:
  Executor(const Call& call, std::byte* scratch)
      : call_(call),
        gemm_(*static_cast<const GemmF32*>(call.microkernel)),
        shape_(call),
        panels_(shape_, call.threads, sizeof(float)),
        scratch_(scratch, shape_, panels_, gemm_.mr) {}

  void run(int64_t index) {
    const MatmulPanels::Tile tile = panels_.tile(shape_, index);
    const Tensor& b = *call_.inputs[1];
    pack_panel(scratch_.packed,
               b.as<float>() + tile.batch * b.strides[0] + tile.first_column * b.strides[2],
               b.strides[1], b.strides[2], shape_.k, tile.columns,
               call_.parameters<Params>().alpha);
    const Tensor* bias = call_.input(2);
    std::fill(scratch_.bias, scratch_.bias + panels_.columns, 0.0f);
    if (bias != nullptr)
      std::copy_n(bias->as<float>() + tile.first_column, tile.columns, scratch_.bias);
    for (int64_t row = 0; row < shape_.m; row += gemm_.mr) {
      multiply(tile, row, std::min<int64_t>(gemm_.mr, shape_.m - row));
    }
  }

 private:
  void multiply(const MatmulPanels::Tile& tile, int64_t row, int64_t rows) {
    const Tensor& a = *call_.inputs[0];
    Tensor& y = *call_.outputs[0];
    const float* rows_of_a[GemmF32::kMaxPixels];
    void* rows_of_y[GemmF32::kMaxPixels];
    const bool direct = y.strides[2] == 1;
    float* first_y = y.as<float>() + tile.batch * y.strides[0] + row * y.strides[1] +
                     tile.first_column * y.strides[2];
    for (int64_t p = 0; p < rows; ++p) {
      rows_of_a[p] =
          row_of_a(a, a.as<float>() + tile.batch * a.strides[0] + (row + p) * a.strides[1], p);
      rows_of_y[p] = direct ? first_y + p * y.strides[1] : scratch_.results + p * panels_.columns;
    }
    GemmF32Args args{};
    args.rows = rows_of_a;
    args.runs = 1;
    args.run_length = static_cast<int32_t>(shape_.k);
    args.pixels = static_cast<int32_t>(rows);
    args.channels = static_cast<int32_t>(tile.columns);
    args.weights = scratch_.packed;
    args.bias = scratch_.bias;
    args.y = rows_of_y;
    args.act_min = -std::numeric_limits<float>::infinity();
    args.act_max = std::numeric_limits<float>::infinity();
    args.fused = call_.parameters<Params>().fused != 0;
    gemm_.run(args);
    if (direct) return;
    for (int64_t p = 0; p < rows; ++p) {
      for (int64_t n = 0; n < tile.columns; ++n) {
        first_y[p * y.strides[1] + n * y.strides[2]] = scratch_.results[p * panels_.columns + n];
      }
    }
  }

  const float* row_of_a(const Tensor& a, const float* row, int64_t p) {
    if (a.strides[2] == 1) return row;
    float* dense = scratch_.rows + p * shape_.k;
    for (int64_t i = 0; i < shape_.k; ++i) dense[i] = row[i * a.strides[2]];
    return dense;
  }

  const Call& call_;
  const GemmF32& gemm_;
  const MatmulShape shape_;
  const MatmulPanels panels_;
  const Scratch scratch_;
};

Status run(const Call& call, int64_t begin, int64_t end, std::byte* scratch) {
  Executor executor(call, scratch);
  for (int64_t i = begin; i < end; ++i) executor.run(i);
  return Status::kOk;
}

const Kernel kernel{"matmul_f32", 1, "a, b, bias? -> y", sizeof(Params), kFields, prepare, run};

}  // namespace
}  // namespace edgert
