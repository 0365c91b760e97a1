"""Floor."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import DOUBLE, FLOAT


class Floor(Elementwise):
    op_type = "Floor"
    instruction = "floor"
    types = FLOAT | DOUBLE
