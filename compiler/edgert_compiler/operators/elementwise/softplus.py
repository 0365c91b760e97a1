"""Softplus."""

from edgert_compiler.operators.elementwise.base import Elementwise


class Softplus(Elementwise):
    op_type = "Softplus"
    instruction = "softplus"
