"""Trigonometric and hyperbolic functions and their inverses."""

from __future__ import annotations

from edgert_targets.coreml.mil.elementwise import Unary


class Acos(Unary):
    op_type = "Acos"
    operation = "acos"


class Asin(Unary):
    op_type = "Asin"
    operation = "asin"


class Atan(Unary):
    op_type = "Atan"
    operation = "atan"


class Atanh(Unary):
    op_type = "Atanh"
    operation = "atanh"


class Cos(Unary):
    op_type = "Cos"
    operation = "cos"


class Cosh(Unary):
    op_type = "Cosh"
    operation = "cosh"


class Sin(Unary):
    op_type = "Sin"
    operation = "sin"


class Sinh(Unary):
    op_type = "Sinh"
    operation = "sinh"


class Tan(Unary):
    op_type = "Tan"
    operation = "tan"
