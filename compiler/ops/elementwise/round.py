"""Round."""

from edgert.compiler.lowering.elementwise_op import Elementwise


class Round(Elementwise):
    op_type = "Round"
    instruction = "round"
