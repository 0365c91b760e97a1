"""Mish."""

from edgert.compiler.lowering.elementwise_op import Elementwise


class Mish(Elementwise):
    op_type = "Mish"
    instruction = "mish"
