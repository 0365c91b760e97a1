"""Comparisons."""

from edgert_compiler.graph.types import BOOL, NUMERIC
from edgert_targets.tflite.compiler.elementwise import Elementwise


class Equal(Elementwise):
    op_type = "Equal"
    code = "EQUAL"
    types = NUMERIC | BOOL


class Greater(Elementwise):
    op_type = "Greater"
    code = "GREATER"
    types = NUMERIC


class GreaterOrEqual(Elementwise):
    op_type = "GreaterOrEqual"
    code = "GREATER_EQUAL"
    types = NUMERIC


class Less(Elementwise):
    op_type = "Less"
    code = "LESS"
    types = NUMERIC


class LessOrEqual(Elementwise):
    op_type = "LessOrEqual"
    code = "LESS_EQUAL"
    types = NUMERIC
