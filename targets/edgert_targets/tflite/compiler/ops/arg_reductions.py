"""The position of the largest or the smallest value."""

from edgert_targets.tflite.compiler.reduction import ArgReduction


class ArgMax(ArgReduction):
    op_type = "ArgMax"
    code = "ARG_MAX"


class ArgMin(ArgReduction):
    op_type = "ArgMin"
    code = "ARG_MIN"
