"""Log."""

from edgert_compiler.lowering.elementwise_op import Elementwise


class Log(Elementwise):
    op_type = "Log"
    instruction = "log"
    amplifies = True
