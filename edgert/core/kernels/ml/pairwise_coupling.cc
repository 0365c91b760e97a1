// pairwise_coupling: probabilities of classes from those of pairs of classes, docs/kernels.md.
//
// T.-F. Wu, C.-J. Lin, R. C. Weng: "Probability estimates for multi-class classification by
// pairwise coupling", JMLR 5 (2004), algorithm 2, with the start, the tolerance and the number of
// iterations that support vector machines usually take: all classes alike, 0.005 / classes, 100.
#include <algorithm>

#include "runtime/kernel.h"

namespace edgert {
namespace {

constexpr int64_t kMaxClasses = 4096;
constexpr int kIterations = 100;
constexpr float kTolerance = 0.005f;

Status prepare(Call& call) {
  const Tensor& x = *call.inputs[0];
  const Tensor& y = *call.outputs[0];
  EDGERT_CHECK(call, x.dtype == DType::kF32 && y.dtype == DType::kF32, "x and y must be f32");
  EDGERT_CHECK(call, x.rank == 2 && y.rank == 2 && x.contiguous && y.contiguous,
               "x and y need two dimensions without gaps");
  const int64_t classes = y.dims[1];
  EDGERT_CHECK(call, classes <= kMaxClasses, "has too many classes");
  EDGERT_CHECK(call, x.dims[0] == y.dims[0] && x.dims[1] == classes * (classes - 1) / 2,
               "x does not have one column for each pair of classes");
  call.tiles = x.dims[0];
  call.scratch_bytes = static_cast<uint64_t>(classes * (classes + 1)) * sizeof(float);
  return Status::kOk;
}

// q[t, t] is the sum of the squares of all r[j, t], q[t, j] is -r[j, t] * r[t, j].
void fill_quadratic_form(float* q, const float* r, int64_t classes) {
  std::fill(q, q + classes * classes, 0.0f);
  for (int64_t i = 0; i < classes; ++i) {
    for (int64_t j = i + 1; j < classes; ++j) {
      const float ij = *r++;
      const float ji = 1.0f - ij;
      q[i * classes + i] += ji * ji;
      q[j * classes + j] += ij * ij;
      q[i * classes + j] = q[j * classes + i] = -ji * ij;
    }
  }
}

// qp = q p; returns p q p.
float product(float* qp, const float* q, const float* p, int64_t classes) {
  float pqp = 0.0f;
  for (int64_t i = 0; i < classes; ++i) {
    qp[i] = 0.0f;
    for (int64_t j = 0; j < classes; ++j) qp[i] += q[i * classes + j] * p[j];
    pqp += p[i] * qp[i];
  }
  return pqp;
}

void couple(float* p, const float* r, int64_t classes, float* q) {
  float* qp = q + classes * classes;
  fill_quadratic_form(q, r, classes);
  std::fill(p, p + classes, 1.0f / static_cast<float>(classes));
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    float pqp = product(qp, q, p, classes);
    const bool converged = std::all_of(qp, qp + classes, [&](float value) {
      return std::max(value - pqp, pqp - value) < kTolerance / static_cast<float>(classes);
    });
    if (converged) return;
    for (int64_t t = 0; t < classes; ++t) {
      const float diagonal = q[t * classes + t];
      const float step = (pqp - qp[t]) / diagonal;
      const float norm = 1.0f + step;
      p[t] += step;
      pqp = (pqp + step * (step * diagonal + 2.0f * qp[t])) / norm / norm;
      for (int64_t j = 0; j < classes; ++j) {
        qp[j] = (qp[j] + step * q[t * classes + j]) / norm;
        p[j] /= norm;
      }
    }
  }
}

Status run(const Call& call, int64_t begin, int64_t end, std::byte* scratch) {
  const Tensor& x = *call.inputs[0];
  const Tensor& y = *call.outputs[0];
  for (int64_t row = begin; row < end; ++row) {
    couple(static_cast<float*>(y.data) + row * y.dims[1], x.as<float>() + row * x.dims[1],
           y.dims[1], reinterpret_cast<float*>(scratch));
  }
  return Status::kOk;
}

const Kernel kernel{"pairwise_coupling", 1, "x -> y", prepare, run};

}  // namespace
}  // namespace edgert
