"""Xor."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import BOOL


class Xor(Elementwise):
    op_type = "Xor"
    instruction = "xor"
    types = BOOL
