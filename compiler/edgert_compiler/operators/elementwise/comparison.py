"""Comparisons."""

from edgert_compiler.graph.types import BOOL, DOUBLE, NUMERIC
from edgert_compiler.operators.elementwise.base import Elementwise


class Equal(Elementwise):
    op_type = "Equal"
    instruction = "equal"
    types = NUMERIC | BOOL | DOUBLE


class Greater(Elementwise):
    op_type = "Greater"
    instruction = "greater"
    types = NUMERIC | DOUBLE


class GreaterOrEqual(Elementwise):
    op_type = "GreaterOrEqual"
    instruction = "greater_equal"
    types = NUMERIC | DOUBLE


class Less(Elementwise):
    op_type = "Less"
    instruction = "less"
    types = NUMERIC | DOUBLE


class LessOrEqual(Elementwise):
    op_type = "LessOrEqual"
    instruction = "less_equal"
    types = NUMERIC | DOUBLE
