"""Add."""

from edgert_compiler.graph.types import NUMERIC
from edgert_targets.tflite.compiler.elementwise import Elementwise


class Add(Elementwise):
    op_type = "Add"
    code = "ADD"
    ranks = 6
    options = ("AddOptions", {})
    types = NUMERIC
    quantizes = True
