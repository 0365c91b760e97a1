"""ArgMax."""

from edgert.targets.tflite.compiler.reduction import ArgReduction


class ArgMax(ArgReduction):
    op_type = "ArgMax"
    code = "ARG_MAX"
