"""ReduceL2: the root of the sum of squares."""

from edgert.targets.tflite.compiler.reduction import Reduction


class ReduceL2(Reduction):
    op_type = "ReduceL2"
    code = "SUM"
    before = "SQUARE"
    after = "SQRT"
