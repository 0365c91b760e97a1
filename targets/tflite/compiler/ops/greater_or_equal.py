"""GreaterOrEqual."""

from edgert.compiler.lowering.types import NUMERIC
from edgert.targets.tflite.compiler.elementwise import Elementwise


class GreaterOrEqual(Elementwise):
    op_type = "GreaterOrEqual"
    code = "GREATER_EQUAL"
    types = NUMERIC
