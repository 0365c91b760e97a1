"""ReduceLogSum."""

from edgert.targets.tflite.compiler.reduction import Reduction


class ReduceLogSum(Reduction):
    op_type = "ReduceLogSum"
    code = "SUM"
    after = "LOG"
