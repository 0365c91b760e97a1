"""Trigonometric and hyperbolic functions and their inverses."""

from edgert_targets.tflite.compiler.elementwise import Unary


class Cos(Unary):
    op_type = "Cos"
    code = "COS"


class Sin(Unary):
    op_type = "Sin"
    code = "SIN"
