"""ReduceL1: the sum of magnitudes."""

from edgert.targets.tflite.compiler.reduction import Reduction


class ReduceL1(Reduction):
    op_type = "ReduceL1"
    code = "SUM"
    before = "ABS"
