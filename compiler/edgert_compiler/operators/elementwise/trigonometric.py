"""Trigonometric and hyperbolic functions and their inverses."""

from edgert_compiler.operators.elementwise.base import Elementwise


class Acos(Elementwise):
    op_type = "Acos"
    instruction = "acos"


class Acosh(Elementwise):
    op_type = "Acosh"
    instruction = "acosh"
    amplifies = True


class Asin(Elementwise):
    op_type = "Asin"
    instruction = "asin"


class Asinh(Elementwise):
    op_type = "Asinh"
    instruction = "asinh"


class Atan(Elementwise):
    op_type = "Atan"
    instruction = "atan"


class Atanh(Elementwise):
    op_type = "Atanh"
    instruction = "atanh"
    amplifies = True


class Cos(Elementwise):
    op_type = "Cos"
    instruction = "cos"


class Cosh(Elementwise):
    op_type = "Cosh"
    instruction = "cosh"
    amplifies = True


class Sin(Elementwise):
    op_type = "Sin"
    instruction = "sin"


class Sinh(Elementwise):
    op_type = "Sinh"
    instruction = "sinh"
    amplifies = True


class Tan(Elementwise):
    op_type = "Tan"
    instruction = "tan"
    amplifies = True
