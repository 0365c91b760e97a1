"""Softmax."""

from edgert_compiler.graph.types import FLOAT
from edgert_compiler.operators.base import Operator


class Softmax(Operator):
    op_type = "Softmax"
    types = FLOAT
