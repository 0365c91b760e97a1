"""Sign."""

from edgert_targets.tflite.compiler.elementwise import Unary


class Sign(Unary):
    op_type = "Sign"
    code = "SIGN"
