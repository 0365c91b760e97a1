"""Greater."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import DOUBLE, NUMERIC


class Greater(Elementwise):
    op_type = "Greater"
    instruction = "greater"
    types = NUMERIC | DOUBLE
