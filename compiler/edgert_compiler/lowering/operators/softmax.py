"""Softmax."""

from edgert_compiler.lowering.softmax import SoftmaxBase


class Softmax(SoftmaxBase):
    op_type = "Softmax"
    kernel = "softmax"
