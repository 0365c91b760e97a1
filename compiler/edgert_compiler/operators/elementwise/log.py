"""Log."""

from edgert_compiler.operators.elementwise.base import Elementwise


class Log(Elementwise):
    op_type = "Log"
    instruction = "log"
    amplifies = True
