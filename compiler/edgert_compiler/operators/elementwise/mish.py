"""Mish."""

from edgert_compiler.operators.elementwise.base import Elementwise


class Mish(Elementwise):
    op_type = "Mish"
    instruction = "mish"
