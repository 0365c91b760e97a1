"""Greater."""

from edgert.compiler.lowering.types import NUMERIC
from edgert.targets.tflite.compiler.elementwise import Elementwise


class Greater(Elementwise):
    op_type = "Greater"
    code = "GREATER"
    types = NUMERIC
