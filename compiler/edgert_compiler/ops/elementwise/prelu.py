"""PRelu."""

from edgert_compiler.lowering.elementwise_op import Elementwise


class PRelu(Elementwise):
    op_type = "PRelu"
    instruction = "prelu"
