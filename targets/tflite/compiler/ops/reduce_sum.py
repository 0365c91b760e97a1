"""ReduceSum."""

from edgert.targets.tflite.compiler.reduction import Reduction


class ReduceSum(Reduction):
    op_type = "ReduceSum"
    code = "SUM"
