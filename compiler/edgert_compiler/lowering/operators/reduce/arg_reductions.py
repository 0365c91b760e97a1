"""The position of the largest or the smallest value."""

from edgert_compiler.lowering.arg_reduction import ArgReduction


class ArgMax(ArgReduction):
    op_type = "ArgMax"
    kernel = "arg_max"


class ArgMin(ArgReduction):
    op_type = "ArgMin"
    kernel = "arg_min"
