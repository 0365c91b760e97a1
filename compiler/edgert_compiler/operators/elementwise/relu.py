"""Relu."""

from edgert_compiler.graph.types import DOUBLE, NUMERIC
from edgert_compiler.operators.elementwise.base import Elementwise


class Relu(Elementwise):
    op_type = "Relu"
    instruction = "relu"
    types = NUMERIC | DOUBLE
