"""And."""

from edgert.compiler.lowering.types import BOOL
from edgert.targets.tflite.compiler.elementwise import Elementwise


class And(Elementwise):
    op_type = "And"
    code = "LOGICAL_AND"
    types = BOOL
