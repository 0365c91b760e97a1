"""Mul."""

from edgert.compiler.lowering.types import NUMERIC
from edgert.targets.tflite.compiler.elementwise import Elementwise


class Mul(Elementwise):
    op_type = "Mul"
    code = "MUL"
    ranks = 6
    options = ("MulOptions", {})
    types = NUMERIC
    quantizes = True
