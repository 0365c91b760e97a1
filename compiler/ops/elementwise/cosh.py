"""Cosh."""

from edgert.compiler.lowering.elementwise_op import Elementwise


class Cosh(Elementwise):
    op_type = "Cosh"
    instruction = "cosh"
    amplifies = True
