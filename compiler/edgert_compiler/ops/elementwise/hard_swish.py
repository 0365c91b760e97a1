"""HardSwish."""

from edgert_compiler.lowering.elementwise_op import Elementwise


class HardSwish(Elementwise):
    op_type = "HardSwish"
    instruction = "hard_swish"
