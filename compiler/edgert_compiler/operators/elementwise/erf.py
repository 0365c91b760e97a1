"""Erf."""

from edgert_compiler.operators.elementwise.base import Elementwise


class Erf(Elementwise):
    op_type = "Erf"
    instruction = "erf"
