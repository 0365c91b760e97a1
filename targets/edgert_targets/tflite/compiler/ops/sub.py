"""Sub."""

from edgert_compiler.graph.types import NUMERIC
from edgert_targets.tflite.compiler.elementwise import Elementwise


class Sub(Elementwise):
    op_type = "Sub"
    code = "SUB"
    ranks = 6
    options = ("SubOptions", {})
    types = NUMERIC
    quantizes = True
