"""Cos."""

from edgert.targets.tflite.compiler.elementwise import Unary


class Cos(Unary):
    op_type = "Cos"
    code = "COS"
