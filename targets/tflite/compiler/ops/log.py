"""Log."""

from edgert.targets.tflite.compiler.elementwise import Unary


class Log(Unary):
    op_type = "Log"
    code = "LOG"
