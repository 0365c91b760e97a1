"""LRN."""

from edgert_compiler.graph.types import FLOAT
from edgert_compiler.operators.base import Operator


class LRN(Operator):
    """x / (bias + alpha * mean of the squares of the neighbouring channels) ** beta."""

    op_type = "LRN"
    types = FLOAT
