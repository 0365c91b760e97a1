"""Sqrt."""

from edgert.compiler.lowering.elementwise_op import Elementwise


class Sqrt(Elementwise):
    op_type = "Sqrt"
    instruction = "sqrt"
    amplifies = True
