"""Tanh."""

from edgert_compiler.lowering.elementwise_op import Elementwise


class Tanh(Elementwise):
    op_type = "Tanh"
    instruction = "tanh"
