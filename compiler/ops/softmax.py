"""Softmax."""

from edgert.compiler.lowering.softmax import SoftmaxBase


class Softmax(SoftmaxBase):
    op_type = "Softmax"
    kernel = "softmax"
