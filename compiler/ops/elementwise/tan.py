"""Tan."""

from edgert.compiler.lowering.elementwise_op import Elementwise


class Tan(Elementwise):
    op_type = "Tan"
    instruction = "tan"
    amplifies = True
