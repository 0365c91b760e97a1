"""Exp."""

from edgert_compiler.operators.elementwise.base import Elementwise


class Exp(Elementwise):
    op_type = "Exp"
    instruction = "exp"
    amplifies = True
