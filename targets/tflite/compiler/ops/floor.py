"""Floor."""

from edgert.targets.tflite.compiler.elementwise import Unary


class Floor(Unary):
    op_type = "Floor"
    code = "FLOOR"
