// Elementwise operators: what the instructions of an `elementwise` call refer to, by name.
//
// An operator is one file in ops/, see define.h.
#ifndef EDGERT_KERNELS_ELEMENTWISE_ELEMENTWISE_H_
#define EDGERT_KERNELS_ELEMENTWISE_ELEMENTWISE_H_

#include <cstddef>
#include <cstdint>

#include "kernels/multiversion.h"

namespace edgert {

// The constants of an instruction, e.g. alpha or the limits of a clip.
struct Immediates {
  float a;
  float b;
};

// Computes y[i] = op(x0[i], x1[i], x2[i]) for blocks of kElementwiseLanes elements. Operands that
// the operator does not have are ignored. y may be one of the x.
template <typename T>
using ElementwiseLoop = void (*)(T* y, const T* x0, const T* x1, const T* x2, Immediates immediates,
                                 size_t blocks);
constexpr size_t kElementwiseLanes = 16;

// Registers hold floats, int64 where every operand of the call is an integer or a truth value, and
// doubles where one is f64. Truth values are 1 and 0 in every domain.
struct ElementwiseOp {
  ElementwiseOp(const char* op_name, int op_arity, Versions<ElementwiseLoop<float>> f32_loops,
                Versions<ElementwiseLoop<int64_t>> s64_loops,
                Versions<ElementwiseLoop<double>> f64_loops)
      : name(op_name),
        arity(op_arity),
        f32(f32_loops),
        s64(s64_loops),
        f64(f64_loops),
        next(head()) {
    head() = this;
  }
  ElementwiseOp(const ElementwiseOp&) = delete;
  ElementwiseOp& operator=(const ElementwiseOp&) = delete;

  const char* name;
  int arity;                               // 0 to 3
  Versions<ElementwiseLoop<float>> f32;    // false: not defined for floats
  Versions<ElementwiseLoop<int64_t>> s64;  // false: not defined for integers
  Versions<ElementwiseLoop<double>> f64;   // false: not defined for doubles
  const ElementwiseOp* next;

  static const ElementwiseOp* first() { return head(); }

 private:
  static const ElementwiseOp*& head() {
    static const ElementwiseOp* head = nullptr;
    return head;
  }
};

// nullptr where there is no such operator.
const ElementwiseOp* find_elementwise_op(const char* name);

}  // namespace edgert

#endif  // EDGERT_KERNELS_ELEMENTWISE_ELEMENTWISE_H_
