"""Neg."""

from edgert_compiler.graph.types import NUMERIC
from edgert_targets.tflite.compiler.elementwise import Unary


class Neg(Unary):
    op_type = "Neg"
    code = "NEG"
    types = NUMERIC
