"""Xor."""

from edgert.compiler.lowering.types import BOOL
from edgert.targets.tflite.compiler.elementwise import Elementwise


class Xor(Elementwise):
    op_type = "Xor"
    code = "NOT_EQUAL"
    types = BOOL
