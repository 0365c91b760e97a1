"""Equal."""

from edgert.compiler.lowering.types import BOOL, NUMERIC
from edgert.targets.tflite.compiler.elementwise import Elementwise


class Equal(Elementwise):
    op_type = "Equal"
    code = "EQUAL"
    types = NUMERIC | BOOL
