"""Abs."""

from edgert_compiler.graph.types import DOUBLE, NUMERIC
from edgert_compiler.lowering.elementwise_op import Elementwise


class Abs(Elementwise):
    op_type = "Abs"
    instruction = "abs"
    types = NUMERIC | DOUBLE
