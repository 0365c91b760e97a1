"""ReduceMax."""

from edgert.targets.tflite.compiler.reduction import Reduction


class ReduceMax(Reduction):
    op_type = "ReduceMax"
    code = "REDUCE_MAX"
