"""Sign."""

from edgert_compiler.lowering.elementwise_op import Elementwise
from edgert_compiler.lowering.types import DOUBLE, NUMERIC


class Sign(Elementwise):
    op_type = "Sign"
    instruction = "sign"
    types = NUMERIC | DOUBLE
