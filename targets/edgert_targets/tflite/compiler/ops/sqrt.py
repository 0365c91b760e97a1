"""Sqrt."""

from edgert_targets.tflite.compiler.elementwise import Unary


class Sqrt(Unary):
    op_type = "Sqrt"
    code = "SQRT"
