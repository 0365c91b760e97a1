"""Floor."""

from edgert.compiler.lowering.elementwise_op import Elementwise


class Floor(Elementwise):
    op_type = "Floor"
    instruction = "floor"
