// arg_max, docs/kernels.md.
#include "kernels/reduce/arg_reduce.h"

namespace edgert {
namespace {

struct Greater {
  static bool than(float a, float b) { return a > b; }
};

const Kernel kernel{"arg_max",
                    1,
                    "x -> y",
                    sizeof(ArgReduceParams),
                    kArgReduceFields,
                    prepare_arg_reduce,
                    run_arg_reduce<Greater>};

}  // namespace
}  // namespace edgert
