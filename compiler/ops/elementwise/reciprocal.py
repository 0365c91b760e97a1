"""Reciprocal."""

from edgert.compiler.lowering.elementwise_op import Elementwise


class Reciprocal(Elementwise):
    op_type = "Reciprocal"
    instruction = "reciprocal"
    amplifies = True
