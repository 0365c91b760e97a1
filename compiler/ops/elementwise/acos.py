"""Acos."""

from edgert.compiler.lowering.elementwise_op import Elementwise


class Acos(Elementwise):
    op_type = "Acos"
    instruction = "acos"
