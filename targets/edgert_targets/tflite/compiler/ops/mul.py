"""Mul."""

from edgert_compiler.graph.types import NUMERIC
from edgert_targets.tflite.compiler.elementwise import Elementwise


class Mul(Elementwise):
    op_type = "Mul"
    code = "MUL"
    ranks = 6
    options = ("MulOptions", {})
    types = NUMERIC
    quantizes = True
