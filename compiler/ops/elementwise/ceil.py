"""Ceil."""

from edgert.compiler.lowering.elementwise_op import Elementwise


class Ceil(Elementwise):
    op_type = "Ceil"
    instruction = "ceil"
