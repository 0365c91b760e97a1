"""Tanh."""

from edgert.compiler.lowering.elementwise_op import Elementwise


class Tanh(Elementwise):
    op_type = "Tanh"
    instruction = "tanh"
