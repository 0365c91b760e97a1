// matmul_s8: requantized product of two int8 tensors, docs/kernels.md.
//
// A panel of b is packed as weights of the int8 GEMM, rows of a are its pixels. Zero points take
// part in the biases:
//   sum (a - za)(b - zb) = sum a*b - za * sum b + k * za * zb - zb * sum a           modulo 2^32
// of which the second and third term belong to a column, the last one to a row.
#include <algorithm>
#include <cmath>

#include "kernels/conv/gemm_s8.h"
#include "kernels/conv/pixel_biases.h"
#include "kernels/copy/strided.h"
#include "kernels/matmul/pack_s8.h"
#include "kernels/matmul/panels.h"
#include "kernels/multiversion.h"
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

constexpr int32_t kRows = 16;                // of a that are worked on together, at most
constexpr int64_t kRowGroup = 4;             // bytes of a row that gemm_s8.h takes together
constexpr int64_t kMaxK = int64_t{1} << 26;  // microkernels count a packed block in 32 bits

bool is_s8(int32_t value) { return value >= -128 && value <= 127; }

int64_t round_up(int64_t n, int64_t multiple) { return (n + multiple - 1) / multiple * multiple; }

// One thread's; every array starts at a multiple of 64 bytes.
struct Scratch {
  const int64_t row_bytes;
  int32_t* const bias;          // [columns]
  uint32_t* const column_sums;  // [columns]
  float* const scale;           // [columns]
  int8_t* const packed;         // [columns / 16][row_bytes / 4][16][4]
  int8_t* const rows;           // [kRows][row_bytes]
  int8_t* const results;        // [kRows][columns]

  Scratch(std::byte* memory, const MatmulShape& shape, const MatmulPanels& panels)
      : row_bytes(round_up(shape.k, kRowGroup)),
        bias(reinterpret_cast<int32_t*>(memory)),
        column_sums(reinterpret_cast<uint32_t*>(bias + panels.columns)),
        scale(reinterpret_cast<float*>(column_sums + panels.columns)),
        packed(reinterpret_cast<int8_t*>(scale + panels.columns)),
        rows(packed + panels.columns * row_bytes),
        results(rows + kRows * row_bytes) {}

  static uint64_t bytes(const MatmulShape& shape, const MatmulPanels& panels) {
    const int64_t row_bytes = round_up(shape.k, kRowGroup);
    return static_cast<uint64_t>(panels.columns) * 3 * sizeof(int32_t) +
           static_cast<uint64_t>((panels.columns + kRows) * row_bytes + kRows * panels.columns);
  }
};

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
  const GemmS8& gemm = Microkernel<GemmS8>::best().ops();
  const MatmulShape shape(call);
  EDGERT_CHECK(call, shape.k <= kMaxK, "a has too many columns");
  const MatmulPanels panels(shape, call.threads, sizeof(int8_t));
  call.microkernel = &gemm;
  call.tiles = call.outputs[0]->count == 0 ? 0 : panels.tiles(shape);
  call.scratch_bytes = Scratch::bytes(shape, panels);
  return Status::kOk;
}

// A matrix, or what is left of one behind some rows and columns.
struct Matrix {
  int8_t* data;
  int64_t row_stride, column_stride;

  Matrix(int8_t* dense, int64_t columns) : data(dense), row_stride(columns), column_stride(1) {}
  Matrix(Tensor& tensor, int64_t batch)
      : data(tensor.as<int8_t>() + batch * tensor.strides[0]),
        row_stride(tensor.strides[1]),
        column_stride(tensor.strides[2]) {}

  int8_t* row(int64_t index) const { return data + index * row_stride; }
  Matrix from(int64_t row, int64_t column) const {
    Matrix rest = *this;
    rest.data += row * row_stride + column * column_stride;
    return rest;
  }
};

void copy(const Matrix& from, const Matrix& to, int64_t rows, int64_t columns) {
  const auto view = [&](const Matrix& matrix) {
    Tensor tensor;
    tensor.data = matrix.data;
    tensor.dtype = DType::kS8;
    tensor.rank = 2;
    tensor.dims[0] = static_cast<int32_t>(rows), tensor.dims[1] = static_cast<int32_t>(columns);
    tensor.strides[0] = matrix.row_stride, tensor.strides[1] = matrix.column_stride;
    return tensor;
  };
  const StridedCopy copy(view(from), view(to));
  copy.run(from.data, to.data, 0, copy.tiles());
}

// The rows of `a` that the microkernel may read in place. It reads whole groups of bytes: past the
// end of a row there must be another one. (The weights of what lies there are zero.)
int64_t rows_in_place(const Matrix& a, const MatmulShape& shape) {
  const int64_t row_bytes = round_up(shape.k, kRowGroup);
  if (a.column_stride != 1) return 0;
  if (row_bytes == shape.k) return shape.m;
  if (a.row_stride != shape.k) return 0;
  return std::max<int64_t>(0, shape.m - (row_bytes - 1) / shape.k);
}

class Executor {
 public:
  Executor(const Call& call, std::byte* memory)
      : call_(call),
        params_(call.parameters<Params>()),
        gemm_(*static_cast<const GemmS8*>(call.microkernel)),
        gemm_rows_(std::min(gemm_.mr, kRows / gemm_.step * gemm_.step)),
        shape_(call),
        panels_(shape_, call.threads, sizeof(int8_t)),
        scratch_(memory, shape_, panels_) {
    std::fill(scratch_.scale, scratch_.scale + panels_.columns, params_.scale);
    args_.runs = 1;
    args_.run_bytes = static_cast<int32_t>(scratch_.row_bytes);
    args_.weights = scratch_.packed;
    args_.bias = scratch_.bias;
    args_.weight_sum = reinterpret_cast<const int32_t*>(scratch_.column_sums);
    args_.scale = scratch_.scale;
    args_.act_min = params_.act_min;
    args_.act_max = params_.act_max;
    args_.y_zero_point = params_.y_zero_point;
    args_.bounded = std::fabs(params_.scale) < 1;
  }

  void run(int64_t index) {
    const MatmulPanels::Tile tile = panels_.tile(shape_, index);
    const Matrix a(*call_.inputs[0], tile.batch), b(*call_.inputs[1], tile.batch);
    const Matrix y(*call_.outputs[0], tile.batch);
    pack(b.from(0, tile.first_column), tile.columns);
    const int64_t in_place = rows_in_place(a, shape_);
    // Copies of strided rows are made in blocks of 16.
    const bool copied = a.column_stride != 1 || y.column_stride != 1;
    const int64_t step = copied ? kRows : gemm_rows_;
    for (int64_t row = 0; row < shape_.m; row += step) {
      const int64_t rows = std::min(step, shape_.m - row);
      load(a.from(row, 0), rows, std::clamp<int64_t>(in_place - row, 0, rows));
      multiply(y.from(row, tile.first_column), rows);
    }
  }

 private:
  void pack(const Matrix& b, int64_t columns) {
    args_.channels = static_cast<int32_t>(columns);
    args_.full_range = pack_columns_s8(scratch_.packed, scratch_.column_sums, b.data, b.row_stride,
                                       b.column_stride, shape_.k, columns);
    const auto a_zero_point = static_cast<uint32_t>(params_.a_zero_point);
    const uint32_t constant = static_cast<uint32_t>(shape_.k) * a_zero_point *
                              static_cast<uint32_t>(params_.b_zero_point);
    for (int64_t n = 0; n < columns; ++n) {
      scratch_.bias[n] = static_cast<int32_t>(constant - a_zero_point * scratch_.column_sums[n]);
    }
  }

  // Sets rows_, of which the first `in_place` need no copy, and their biases.
  void load(const Matrix& a, int64_t rows, int64_t in_place) {
    const Matrix copies(scratch_.rows, scratch_.row_bytes);
    for (int64_t p = 0; p < rows; ++p) rows_[p] = (p < in_place ? a : copies).row(p);
    if (in_place < rows) {
      copy(a.from(in_place, 0), copies.from(in_place, 0), rows - in_place, shape_.k);
    }
    if (params_.b_zero_point == 0) return;
    uint32_t sums[GemmS8::kMaxPixels];
    multiversion<PixelSums>(static_cast<uint32_t*>(sums), static_cast<const int8_t* const*>(rows_),
                            int64_t{1}, rows, shape_.k);
    for (int64_t p = 0; p < rows; ++p) {
      row_bias_[p] =
          static_cast<int32_t>(0u - static_cast<uint32_t>(params_.b_zero_point) * sums[p]);
    }
  }

  void multiply(const Matrix& y, int64_t rows) {
    const bool direct = y.column_stride == 1;
    const Matrix results(scratch_.results, panels_.columns);
    void* rows_of_y[kRows];
    for (int64_t p = 0; p < rows; ++p) rows_of_y[p] = (direct ? y : results).row(p);
    for (int64_t p = 0; p < rows; p += gemm_rows_) {
      args_.rows = rows_ + p;
      args_.pixels = static_cast<int32_t>(std::min<int64_t>(gemm_rows_, rows - p));
      args_.pixel_bias = params_.b_zero_point == 0 ? nullptr : row_bias_ + p;
      args_.y = rows_of_y + p;
      gemm_.s8(args_);
    }
    if (!direct) copy(results, y, rows, args_.channels);
  }

  const Call& call_;
  const Params& params_;
  const GemmS8& gemm_;
  const int32_t gemm_rows_;  // for one call of it
  const MatmulShape shape_;
  const MatmulPanels panels_;
  const Scratch scratch_;
  GemmS8Args args_{};
  const int8_t* rows_[kRows];
  int32_t row_bias_[kRows];
};

Status run(const Call& call, int64_t begin, int64_t end, std::byte* scratch) {
  Executor executor(call, scratch);
  for (int64_t i = begin; i < end; ++i) executor.run(i);
  return Status::kOk;
}

const Kernel kernel{"matmul_s8", 1, "a, b -> y", sizeof(Params), kFields, prepare, run};

}  // namespace
}  // namespace edgert
