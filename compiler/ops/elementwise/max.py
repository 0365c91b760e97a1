"""Max."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import NUMERIC


class Max(Elementwise):
    op_type = "Max"
    instruction = "max"
    types = NUMERIC
