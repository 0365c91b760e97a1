"""ArgMin."""

from edgert.compiler.lowering.arg_reduction import ArgReduction


class ArgMin(ArgReduction):
    op_type = "ArgMin"
    kernel = "arg_min"
