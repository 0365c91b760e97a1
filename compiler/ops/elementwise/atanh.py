"""Atanh."""

from edgert.compiler.lowering.elementwise_op import Elementwise


class Atanh(Elementwise):
    op_type = "Atanh"
    instruction = "atanh"
    amplifies = True
