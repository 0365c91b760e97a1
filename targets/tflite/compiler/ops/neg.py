"""Neg."""

from edgert.compiler.lowering.types import NUMERIC
from edgert.targets.tflite.compiler.elementwise import Unary


class Neg(Unary):
    op_type = "Neg"
    code = "NEG"
    types = NUMERIC
