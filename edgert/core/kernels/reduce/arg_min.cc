// arg_min, docs/kernels.md.
#include "kernels/reduce/arg_reduce.h"

namespace edgert {
namespace {

struct Less {
  static bool than(float a, float b) { return a < b; }
};

const Kernel kernel{
    "arg_min",           1, "x -> y", sizeof(ArgReduceParams), kArgReduceFields, prepare_arg_reduce,
    run_arg_reduce<Less>};

}  // namespace
}  // namespace edgert
