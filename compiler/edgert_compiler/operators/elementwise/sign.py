"""Sign."""

from edgert_compiler.graph.types import DOUBLE, NUMERIC
from edgert_compiler.operators.elementwise.base import Elementwise


class Sign(Elementwise):
    op_type = "Sign"
    instruction = "sign"
    types = NUMERIC | DOUBLE
