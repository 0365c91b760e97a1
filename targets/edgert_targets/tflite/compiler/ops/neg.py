"""Neg."""

from edgert_compiler.lowering.types import NUMERIC
from edgert_targets.tflite.compiler.elementwise import Unary


class Neg(Unary):
    op_type = "Neg"
    code = "NEG"
    types = NUMERIC
