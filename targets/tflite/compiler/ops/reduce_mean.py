"""ReduceMean."""

from edgert.targets.tflite.compiler.reduction import Reduction


class ReduceMean(Reduction):
    op_type = "ReduceMean"
    code = "MEAN"
    quantizes = True
