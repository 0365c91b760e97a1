"""Atan."""

from edgert.compiler.lowering.elementwise_op import Elementwise


class Atan(Elementwise):
    op_type = "Atan"
    instruction = "atan"
