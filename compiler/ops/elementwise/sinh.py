"""Sinh."""

from edgert.compiler.lowering.elementwise_op import Elementwise


class Sinh(Elementwise):
    op_type = "Sinh"
    instruction = "sinh"
    amplifies = True
