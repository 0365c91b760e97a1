"""Cos."""

from edgert.compiler.lowering.elementwise_op import Elementwise


class Cos(Elementwise):
    op_type = "Cos"
    instruction = "cos"
