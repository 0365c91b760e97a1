"""Abs."""

from edgert_targets.tflite.compiler.elementwise import Unary


class Abs(Unary):
    op_type = "Abs"
    code = "ABS"
    quantizes = True
