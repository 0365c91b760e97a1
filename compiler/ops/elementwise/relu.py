"""Relu."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import DOUBLE, NUMERIC


class Relu(Elementwise):
    op_type = "Relu"
    instruction = "relu"
    types = NUMERIC | DOUBLE
