"""Logic on truth values."""

from edgert_compiler.graph.types import BOOL
from edgert_targets.tflite.compiler.elementwise import Elementwise, Unary


class And(Elementwise):
    op_type = "And"
    code = "LOGICAL_AND"
    types = BOOL


class Or(Elementwise):
    op_type = "Or"
    code = "LOGICAL_OR"
    types = BOOL


class Xor(Elementwise):
    op_type = "Xor"
    code = "NOT_EQUAL"
    types = BOOL


class Not(Unary):
    op_type = "Not"
    code = "LOGICAL_NOT"
    types = BOOL
