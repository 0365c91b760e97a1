"""ArgMin."""

from edgert.targets.tflite.compiler.reduction import ArgReduction


class ArgMin(ArgReduction):
    op_type = "ArgMin"
    code = "ARG_MIN"
