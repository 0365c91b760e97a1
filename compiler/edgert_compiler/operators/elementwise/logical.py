"""Logic on truth values."""

from edgert_compiler.graph.types import BOOL
from edgert_compiler.operators.elementwise.base import Elementwise


class And(Elementwise):
    op_type = "And"
    instruction = "and"
    types = BOOL


class Or(Elementwise):
    op_type = "Or"
    instruction = "or"
    types = BOOL


class Xor(Elementwise):
    op_type = "Xor"
    instruction = "xor"
    types = BOOL


class Not(Elementwise):
    op_type = "Not"
    instruction = "not"
    types = BOOL
