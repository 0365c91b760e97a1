"""Round."""

from edgert.targets.tflite.compiler.elementwise import Unary


class Round(Unary):
    op_type = "Round"
    code = "ROUND"
