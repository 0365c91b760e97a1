"""Ceil."""

from edgert.targets.tflite.compiler.elementwise import Unary


class Ceil(Unary):
    op_type = "Ceil"
    code = "CEIL"
