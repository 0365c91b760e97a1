"""Relu."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import NUMERIC


class Relu(Elementwise):
    op_type = "Relu"
    instruction = "relu"
    types = NUMERIC
