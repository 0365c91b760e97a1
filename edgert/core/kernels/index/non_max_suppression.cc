// non_max_suppression: the best boxes of each batch and class that do not overlap too much,
// docs/kernels.md. A tile is one class of one batch.
#include <algorithm>

#include "kernels/copy/checks.h"
#include "kernels/index/order.h"
#include "runtime/kernel.h"

namespace edgert {
namespace {

struct Params {
  int32_t center_point_box;  // boxes are {x, y, width, height} instead of two corners
};
constexpr ParamField kFields[] = {EDGERT_FIELD(Params, center_point_box)};

struct Candidate {
  float score;
  int32_t index;
};

// In a heap the best is at the root; among equals it is the one that comes first.
constexpr auto worse = [](const Candidate& a, const Candidate& b) {
  return a.score != b.score ? a.score < b.score : a.index > b.index;
};

struct Box {
  float low[2];
  float high[2];
  float area() const { return (high[0] - low[0]) * (high[1] - low[1]); }
};

// Any pair of opposite corners, or center and size.
Box box_at(const Tensor& boxes, int64_t batch, int64_t index, bool center) {
  const float* p = boxes.as<float>() + batch * boxes.strides[0] + index * boxes.strides[1];
  const int64_t step = boxes.strides[2];
  Box box;
  for (int64_t axis = 0; axis < 2; ++axis) {
    const float a = p[axis * step];
    const float b = p[(axis + 2) * step];
    box.low[axis] = center ? a - b / 2 : std::min(a, b);
    box.high[axis] = center ? a + b / 2 : std::max(a, b);
  }
  return box;
}

bool overlap(const Box& a, const Box& b, float threshold) {
  float sides[2];
  for (int axis = 0; axis < 2; ++axis) {
    sides[axis] = std::min(a.high[axis], b.high[axis]) - std::max(a.low[axis], b.low[axis]);
    if (!(sides[axis] > 0)) return false;
  }
  const float both = sides[0] * sides[1];
  const float either = a.area() + b.area() - both;
  return a.area() > 0 && b.area() > 0 && either > 0 && both / either > threshold;
}

bool is_limit(const Tensor* tensor, DType dtype) {
  return tensor == nullptr || is_one(*tensor, dtype);
}

Status prepare(Call& call) {
  const Tensor& boxes = *call.inputs[0];
  const Tensor& scores = *call.inputs[1];
  const Tensor& selected = *call.outputs[0];
  const Tensor& kept = *call.outputs[1];
  EDGERT_CHECK(call, boxes.dtype == DType::kF32 && boxes.rank == 3 && boxes.dims[2] == 4,
               "boxes are not f32 [batch, n, 4]");
  EDGERT_CHECK(call,
               scores.dtype == DType::kF32 && scores.rank == 3 && scores.dims[0] == boxes.dims[0] &&
                   scores.dims[2] == boxes.dims[1],
               "scores are not f32 [batch, classes, n]");
  EDGERT_CHECK(call, is_limit(call.inputs[2], DType::kS64), "the limit is no int64");
  EDGERT_CHECK(call, is_limit(call.inputs[3], DType::kF32) && is_limit(call.inputs[4], DType::kF32),
               "a threshold is no f32");
  EDGERT_CHECK(call,
               selected.dtype == DType::kS64 && selected.rank == 4 && selected.dims[3] == 3 &&
                   kept.dtype == DType::kBool && kept.rank == 3,
               "the outputs are not s64 [batch, classes, m, 3] and bool [batch, classes, m]");
  for (int i = 0; i < 3; ++i) {
    EDGERT_CHECK(call,
                 selected.dims[i] == kept.dims[i] && (i == 2 || kept.dims[i] == scores.dims[i]),
                 "the outputs do not fit the scores");
  }
  EDGERT_CHECK(call, is_writable(selected) && is_writable(kept), "output elements share memory");
  call.tiles = int64_t{scores.dims[0]} * scores.dims[1];
  call.scratch_bytes = static_cast<uint64_t>(boxes.dims[1]) * sizeof(Candidate) +
                       static_cast<uint64_t>(kept.dims[2]) * sizeof(Box);
  return Status::kOk;
}

// Boxes whose score is above the threshold, as a heap; returns how many.
int64_t collect(Candidate* candidates, const Tensor& scores, int64_t batch, int64_t label,
                float threshold) {
  const float* score = scores.as<float>() + batch * scores.strides[0] + label * scores.strides[1];
  int64_t count = 0;
  for (int32_t i = 0; i < scores.dims[2]; ++i) {
    const float value = score[i * scores.strides[2]];
    if (value > threshold) candidates[count++] = {value, i};
  }
  make_heap(candidates, count, worse);
  return count;
}

// Takes candidates from the best on; returns how many boxes were selected.
int64_t suppress(const Call& call, int64_t batch, int64_t count, Candidate* candidates, Box* chosen,
                 int64_t* selected, int64_t limit) {
  const Tensor* overlaps = call.inputs[3];
  const float threshold = overlaps == nullptr ? 0.0f : *overlaps->as<float>();
  const bool center = call.parameters<Params>().center_point_box != 0;
  const Tensor& y = *call.outputs[0];
  int64_t found = 0;
  for (; count > 0 && found < limit; --count) {
    const int32_t index = candidates[0].index;
    candidates[0] = candidates[count - 1];
    sift_down(candidates, count - 1, 0, worse);
    const Box box = box_at(*call.inputs[0], batch, index, center);
    if (std::any_of(chosen, chosen + found,
                    [&](const Box& other) { return overlap(box, other, threshold); })) {
      continue;
    }
    chosen[found] = box;
    selected[found++ * y.strides[2] + 2 * y.strides[3]] = index;
  }
  return found;
}

void run_class(const Call& call, int64_t batch, int64_t label, std::byte* scratch) {
  const Tensor& scores = *call.inputs[1];
  Tensor& y = *call.outputs[0];
  Tensor& kept = *call.outputs[1];
  Box* chosen = reinterpret_cast<Box*>(scratch);
  Candidate* candidates = reinterpret_cast<Candidate*>(chosen + kept.dims[2]);
  int64_t* selected = y.as<int64_t>() + batch * y.strides[0] + label * y.strides[1];
  bool* keep = kept.as<bool>() + batch * kept.strides[0] + label * kept.strides[1];
  const Tensor* least = call.inputs[4];
  const Tensor* most = call.inputs[2];
  // A copy: in a damaged bundle another tile may be writing there.
  const int64_t given = most == nullptr ? kept.dims[2] : *most->as<int64_t>();
  const int64_t limit = std::min<int64_t>(given, kept.dims[2]);
  const int64_t count = collect(candidates, scores, batch, label,
                                least == nullptr ? -__builtin_inff() : *least->as<float>());
  const int64_t found = suppress(call, batch, count, candidates, chosen, selected, limit);
  for (int64_t i = 0; i < kept.dims[2]; ++i) {
    int64_t* row = selected + i * y.strides[2];
    row[0] = batch;
    row[y.strides[3]] = label;
    if (i >= found) row[2 * y.strides[3]] = 0;
    keep[i * kept.strides[2]] = i < found;
  }
}

Status run(const Call& call, int64_t begin, int64_t end, std::byte* scratch) {
  const int64_t classes = call.inputs[1]->dims[1];
  for (int64_t tile = begin; tile < end; ++tile) {
    run_class(call, tile / classes, tile % classes, scratch);
  }
  return Status::kOk;
}

const Kernel kernel{"non_max_suppression",
                    1,
                    "boxes, scores, limit?, iou_threshold?, score_threshold? -> selected, kept",
                    sizeof(Params),
                    kFields,
                    prepare,
                    run};

}  // namespace
}  // namespace edgert
