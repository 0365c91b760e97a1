"""The position of the largest or the smallest value."""

from edgert_compiler.graph.types import FLOAT
from edgert_compiler.operators.base import Operator


class ArgMax(Operator):
    op_type = "ArgMax"
    types = FLOAT


class ArgMin(Operator):
    op_type = "ArgMin"
    types = FLOAT
