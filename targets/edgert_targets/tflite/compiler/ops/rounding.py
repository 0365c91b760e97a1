"""Rounding to integers."""

from edgert_targets.tflite.compiler.elementwise import Unary


class Ceil(Unary):
    op_type = "Ceil"
    code = "CEIL"


class Floor(Unary):
    op_type = "Floor"
    code = "FLOOR"


class Round(Unary):
    op_type = "Round"
    code = "ROUND"
