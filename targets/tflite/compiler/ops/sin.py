"""Sin."""

from edgert.targets.tflite.compiler.elementwise import Unary


class Sin(Unary):
    op_type = "Sin"
    code = "SIN"
