"""Log."""

from edgert_targets.tflite.compiler.elementwise import Unary


class Log(Unary):
    op_type = "Log"
    code = "LOG"
