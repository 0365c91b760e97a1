"""Less."""

from edgert.compiler.lowering.types import NUMERIC
from edgert.targets.tflite.compiler.elementwise import Elementwise


class Less(Elementwise):
    op_type = "Less"
    code = "LESS"
    types = NUMERIC
