"""Rounding to integers."""

from edgert_compiler.graph.types import DOUBLE, FLOAT
from edgert_compiler.operators.elementwise.base import Elementwise


class Ceil(Elementwise):
    op_type = "Ceil"
    instruction = "ceil"
    types = FLOAT | DOUBLE


class Floor(Elementwise):
    op_type = "Floor"
    instruction = "floor"
    types = FLOAT | DOUBLE


class Round(Elementwise):
    op_type = "Round"
    instruction = "round"
    types = FLOAT | DOUBLE
