"""ArgMax."""

from edgert.compiler.lowering.arg_reduction import ArgReduction


class ArgMax(ArgReduction):
    op_type = "ArgMax"
    kernel = "arg_max"
