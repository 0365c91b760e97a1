"""ReduceProd."""

from edgert.targets.tflite.compiler.reduction import Reduction


class ReduceProd(Reduction):
    op_type = "ReduceProd"
    code = "REDUCE_PROD"
