// matmul_s8: requantized product of two int8 tensors, docs/kernels.md.
//
// Both operands may hold any byte, -128 too, so the int8 GEMM's packed weights are out of reach.
// Products of bytes are at most 2^14: sums of up to 1024 of them are exact in float, whatever the
// order and with or without FMA. Hence the float GEMM serves, and integers take over beyond. Zero
// points are applied afterwards:
//   sum (a - za)(b - zb) = sum a*b - zb * sum a - za * sum b + k * za * zb           modulo 2^32
#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/matmul/panels.h"
#include "kernels/multiversion.h"
#include "kernels/requantize.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

struct Params {
  int32_t a_zero_point, b_zero_point, y_zero_point;
  float scale, act_min, act_max;
};
constexpr ParamField kFields[] = {
    EDGERT_FIELD(Params, a_zero_point), EDGERT_FIELD(Params, b_zero_point),
    EDGERT_FIELD(Params, y_zero_point), EDGERT_FIELD(Params, scale),
    EDGERT_FIELD(Params, act_min),      EDGERT_FIELD(Params, act_max),
};
constexpr int64_t kExactK = 1024;

bool is_s8(int32_t value) { return value >= -128 && value <= 127; }

// After the float scratch: [mr][columns] sums, [columns] of b.
uint64_t integer_bytes(const MatmulPanels& panels, int32_t mr) {
  return static_cast<uint64_t>(panels.columns * (mr + 1)) * sizeof(uint32_t);
}

Status prepare(Call& call) {
  EDGERT_RETURN_IF_ERROR(check_matmul(call, DType::kS8));
  const Params& p = call.parameters<Params>();
  EDGERT_CHECK(call, is_s8(p.a_zero_point) && is_s8(p.b_zero_point) && is_s8(p.y_zero_point),
               "a zero point is out of range");
  EDGERT_CHECK(call, std::isfinite(p.scale), "scale is not finite");
  EDGERT_CHECK(call,
               p.act_min >= static_cast<float>(-128 - p.y_zero_point) &&
                   p.act_max <= static_cast<float>(127 - p.y_zero_point) && p.act_min <= p.act_max,
               "act_min and act_max are not within the output type");
  const GemmF32& gemm = Microkernel<GemmF32>::best().ops();
  const MatmulShape shape(call);
  const MatmulPanels panels(shape, call.threads, kExactK);
  call.microkernel = &gemm;
  call.tiles = call.outputs[0]->count == 0 ? 0 : shape.batch * panels.panels;
  call.scratch_bytes =
      MatmulScratch::bytes(shape, panels, gemm.mr) + integer_bytes(panels, gemm.mr);
  return Status::kOk;
}

// Sums of the columns of one packed chunk, added to `sums`.
struct AddColumns {
  static EDGERT_INLINE void run(uint32_t* __restrict sums, const float* __restrict packed,
                                int64_t k, int64_t columns) {
    for (int64_t n = 0; n < columns; n += kMatmulBlock, packed += k * kMatmulBlock) {
      for (int64_t i = 0; i < k; ++i) {
        for (int64_t j = 0; j < kMatmulBlock; ++j) {
          sums[n + j] += static_cast<uint32_t>(static_cast<int32_t>(packed[i * kMatmulBlock + j]));
        }
      }
    }
  }
};

struct AddResults {
  static EDGERT_INLINE void run(uint32_t* __restrict sums, const float* __restrict results,
                                int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
      sums[i] += static_cast<uint32_t>(static_cast<int32_t>(results[i]));
    }
  }
};

struct ToFloat {
  static EDGERT_INLINE void run(float* __restrict y, const int8_t* __restrict x, int64_t n) {
    for (int64_t i = 0; i < n; ++i) y[i] = static_cast<float>(x[i]);
  }
};

// offset is the part of the zero points that is the same for the whole row.
struct Finish {
  static EDGERT_INLINE void run(int8_t* __restrict y, const uint32_t* __restrict sums,
                                const uint32_t* __restrict column_sums, int64_t n, uint32_t offset,
                                const Params& p) {
    const uint32_t a_zero_point = static_cast<uint32_t>(p.a_zero_point);
    for (int64_t i = 0; i < n; ++i) {
      const uint32_t acc = sums[i] - a_zero_point * column_sums[i] + offset;
      const float t = static_cast<float>(static_cast<int32_t>(acc)) * p.scale;
      y[i] = static_cast<int8_t>(round_clamped(t, p.act_min, p.act_max) + p.y_zero_point);
    }
  }
};

class Executor {
 public:
  Executor(const Call& call, std::byte* scratch)
      : call_(call),
        params_(call.parameters<Params>()),
        gemm_(*static_cast<const GemmF32*>(call.microkernel)),
        shape_(call),
        panels_(shape_, call.threads, kExactK),
        scratch_(scratch, shape_, panels_, gemm_.mr),
        sums_(
            reinterpret_cast<uint32_t*>(scratch + MatmulScratch::bytes(shape_, panels_, gemm_.mr))),
        column_sums_(sums_ + gemm_.mr * panels_.columns) {
    std::fill(scratch_.bias, scratch_.bias + panels_.columns, 0.0f);
  }

  void run(int64_t index) {
    const MatmulPanels::Tile tile = panels_.tile(shape_, index);
    pack(tile);
    for (int64_t row = 0; row < shape_.m; row += gemm_.mr) {
      multiply(tile, row, std::min<int64_t>(gemm_.mr, shape_.m - row));
    }
  }

 private:
  int64_t chunk_size(int64_t chunk) const {
    return std::min(panels_.k_chunk, shape_.k - chunk * panels_.k_chunk);
  }

  const float* packed(int64_t chunk) const {
    return scratch_.packed + chunk * panels_.k_chunk * panels_.columns;
  }

  void pack(const MatmulPanels::Tile& tile) {
    const Tensor& b = *call_.inputs[1];
    const int8_t* panel =
        b.as<int8_t>() + tile.batch * b.strides[0] + tile.first_column * b.strides[2];
    std::fill(column_sums_, column_sums_ + panels_.columns, 0u);
    for (int64_t chunk = 0; chunk < panels_.k_chunks; ++chunk) {
      const int64_t k = chunk_size(chunk);
      float* to = scratch_.packed + chunk * panels_.k_chunk * panels_.columns;
      pack_matmul_panel(to, panel + chunk * panels_.k_chunk * b.strides[1], b.strides[1],
                        b.strides[2], k, tile.columns, 1.0f);
      multiversion<AddColumns>(column_sums_, packed(chunk), k, tile.columns);
    }
  }

  void multiply(const MatmulPanels::Tile& tile, int64_t row, int64_t rows) {
    uint32_t row_sums[GemmF32::kMaxPixels];
    for (int64_t p = 0; p < rows; ++p) row_sums[p] = load_row_of_a(tile, row + p, p);
    std::fill(sums_, sums_ + rows * panels_.columns, 0u);
    for (int64_t chunk = 0; chunk < panels_.k_chunks; ++chunk) {
      multiply_chunk(chunk, rows, tile.columns);
      for (int64_t p = 0; p < rows; ++p) {
        multiversion<AddResults>(sums_ + p * panels_.columns,
                                 static_cast<const float*>(scratch_.results + p * panels_.columns),
                                 tile.columns);
      }
    }
    for (int64_t p = 0; p < rows; ++p) store(tile, row + p, p, row_sums[p]);
  }

  // Into scratch, as floats; returns the sum.
  uint32_t load_row_of_a(const MatmulPanels::Tile& tile, int64_t row, int64_t p) {
    const Tensor& a = *call_.inputs[0];
    const int8_t* from = a.as<int8_t>() + tile.batch * a.strides[0] + row * a.strides[1];
    float* to = scratch_.rows + p * shape_.k;
    if (a.strides[2] == 1) {
      multiversion<ToFloat>(to, from, shape_.k);
    } else {
      for (int64_t i = 0; i < shape_.k; ++i) to[i] = static_cast<float>(from[i * a.strides[2]]);
    }
    uint32_t sum = 0;
    for (int64_t i = 0; i < shape_.k; ++i)
      sum += static_cast<uint32_t>(int32_t{from[i * a.strides[2]]});
    return sum;
  }

  void multiply_chunk(int64_t chunk, int64_t rows, int64_t columns) {
    const float* rows_of_a[GemmF32::kMaxPixels];
    void* results[GemmF32::kMaxPixels];
    for (int64_t p = 0; p < rows; ++p) {
      rows_of_a[p] = scratch_.rows + p * shape_.k + chunk * panels_.k_chunk;
      results[p] = scratch_.results + p * panels_.columns;
    }
    GemmF32Args args{};
    args.rows = rows_of_a;
    args.runs = 1;
    args.run_length = static_cast<int32_t>(chunk_size(chunk));
    args.pixels = static_cast<int32_t>(rows);
    args.channels = static_cast<int32_t>(columns);
    args.weights = packed(chunk);
    args.bias = scratch_.bias;
    args.y = results;
    args.act_min = -std::numeric_limits<float>::infinity();
    args.act_max = std::numeric_limits<float>::infinity();
    gemm_.run(args);
  }

  void store(const MatmulPanels::Tile& tile, int64_t row, int64_t p, uint32_t row_sum) {
    Tensor& y = *call_.outputs[0];
    int8_t* to = y.as<int8_t>() + tile.batch * y.strides[0] + row * y.strides[1] +
                 tile.first_column * y.strides[2];
    const uint32_t b_zero_point = static_cast<uint32_t>(params_.b_zero_point);
    const uint32_t offset =
        b_zero_point *
        (static_cast<uint32_t>(shape_.k) * static_cast<uint32_t>(params_.a_zero_point) - row_sum);
    // The floats of this row have been added up: their place serves for the bytes.
    int8_t* dense = reinterpret_cast<int8_t*>(scratch_.results + p * panels_.columns);
    const bool direct = y.strides[2] == 1;
    multiversion<Finish>(direct ? to : dense,
                         static_cast<const uint32_t*>(sums_ + p * panels_.columns),
                         static_cast<const uint32_t*>(column_sums_), tile.columns, offset, params_);
    if (direct) return;
    for (int64_t n = 0; n < tile.columns; ++n) to[n * y.strides[2]] = dense[n];
  }

  const Call& call_;
  const Params& params_;
  const GemmF32& gemm_;
  const MatmulShape shape_;
  const MatmulPanels panels_;
  const MatmulScratch scratch_;
  uint32_t* sums_;         // [mr][columns]
  uint32_t* column_sums_;  // [columns]
};

Status run(const Call& call, int64_t begin, int64_t end, std::byte* scratch) {
  Executor executor(call, scratch);
  for (int64_t i = begin; i < end; ++i) executor.run(i);
  return Status::kOk;
}

const Kernel kernel{"matmul_s8", 1, sizeof(Params), kFields, prepare, run};

}  // namespace
}  // namespace edgert
