"""Exp."""

from edgert_targets.tflite.compiler.elementwise import Unary


class Exp(Unary):
    op_type = "Exp"
    code = "EXP"
