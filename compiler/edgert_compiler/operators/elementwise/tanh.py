"""Tanh."""

from edgert_compiler.operators.elementwise.base import Elementwise


class Tanh(Elementwise):
    op_type = "Tanh"
    instruction = "tanh"
