"""ReduceMin."""

from edgert.targets.tflite.compiler.reduction import Reduction


class ReduceMin(Reduction):
    op_type = "ReduceMin"
    code = "REDUCE_MIN"
