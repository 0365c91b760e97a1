"""Add."""

from edgert_compiler.graph.types import DOUBLE, NUMERIC
from edgert_compiler.operators.elementwise.base import Elementwise


class Add(Elementwise):
    op_type = "Add"
    instruction = "add"
    types = NUMERIC | DOUBLE
