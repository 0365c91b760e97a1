"""Logic on the bits of integers."""

from edgert_compiler.graph.types import INTEGER
from edgert_compiler.operators.elementwise.base import Elementwise


class BitwiseAnd(Elementwise):
    op_type = "BitwiseAnd"
    instruction = "bitwise_and"
    types = INTEGER


class BitwiseOr(Elementwise):
    op_type = "BitwiseOr"
    instruction = "bitwise_or"
    types = INTEGER


class BitwiseXor(Elementwise):
    op_type = "BitwiseXor"
    instruction = "bitwise_xor"
    types = INTEGER


class BitwiseNot(Elementwise):
    op_type = "BitwiseNot"
    instruction = "bitwise_not"
    types = INTEGER
