"""Not."""

from edgert.compiler.lowering.types import BOOL
from edgert.targets.tflite.compiler.elementwise import Unary


class Not(Unary):
    op_type = "Not"
    code = "LOGICAL_NOT"
    types = BOOL
