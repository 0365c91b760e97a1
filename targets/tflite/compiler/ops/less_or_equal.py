"""LessOrEqual."""

from edgert.compiler.lowering.types import NUMERIC
from edgert.targets.tflite.compiler.elementwise import Elementwise


class LessOrEqual(Elementwise):
    op_type = "LessOrEqual"
    code = "LESS_EQUAL"
    types = NUMERIC
