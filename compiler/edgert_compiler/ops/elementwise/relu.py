"""Relu."""

from edgert_compiler.lowering.elementwise_op import Elementwise
from edgert_compiler.lowering.types import DOUBLE, NUMERIC


class Relu(Elementwise):
    op_type = "Relu"
    instruction = "relu"
    types = NUMERIC | DOUBLE
