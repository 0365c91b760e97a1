"""Asinh."""

from edgert.compiler.lowering.elementwise_op import Elementwise


class Asinh(Elementwise):
    op_type = "Asinh"
    instruction = "asinh"
