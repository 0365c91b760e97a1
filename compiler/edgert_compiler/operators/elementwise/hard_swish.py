"""HardSwish."""

from edgert_compiler.operators.elementwise.base import Elementwise


class HardSwish(Elementwise):
    op_type = "HardSwish"
    instruction = "hard_swish"
