"""Mish."""

from edgert_compiler.lowering.elementwise_op import Elementwise


class Mish(Elementwise):
    op_type = "Mish"
    instruction = "mish"
