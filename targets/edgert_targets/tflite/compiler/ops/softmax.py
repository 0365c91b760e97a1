"""Softmax along the last axis."""

from edgert_targets.tflite.compiler.softmax import LastAxis


class Softmax(LastAxis):
    op_type = "Softmax"
    code = "SOFTMAX"
    options = ("SoftmaxOptions", {"beta": 1.0})
