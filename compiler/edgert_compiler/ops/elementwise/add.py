"""Add."""

from edgert_compiler.lowering.elementwise_op import Elementwise
from edgert_compiler.lowering.types import DOUBLE, NUMERIC


class Add(Elementwise):
    op_type = "Add"
    instruction = "add"
    types = NUMERIC | DOUBLE
