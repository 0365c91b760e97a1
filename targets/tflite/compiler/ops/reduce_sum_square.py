"""ReduceSumSquare."""

from edgert.targets.tflite.compiler.reduction import Reduction


class ReduceSumSquare(Reduction):
    op_type = "ReduceSumSquare"
    code = "SUM"
    before = "SQUARE"
