"""Acosh."""

from edgert.compiler.lowering.elementwise_op import Elementwise


class Acosh(Elementwise):
    op_type = "Acosh"
    instruction = "acosh"
    amplifies = True
