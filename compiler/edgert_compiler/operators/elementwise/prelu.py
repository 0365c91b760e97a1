"""PRelu."""

from edgert_compiler.operators.elementwise.base import Elementwise


class PRelu(Elementwise):
    op_type = "PRelu"
    instruction = "prelu"
