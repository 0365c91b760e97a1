"""Or."""

from edgert.compiler.lowering.types import BOOL
from edgert.targets.tflite.compiler.elementwise import Elementwise


class Or(Elementwise):
    op_type = "Or"
    code = "LOGICAL_OR"
    types = BOOL
