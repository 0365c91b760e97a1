"""Sin."""

from edgert.compiler.lowering.elementwise_op import Elementwise


class Sin(Elementwise):
    op_type = "Sin"
    instruction = "sin"
