"""Ceil."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import DOUBLE, FLOAT


class Ceil(Elementwise):
    op_type = "Ceil"
    instruction = "ceil"
    types = FLOAT | DOUBLE
