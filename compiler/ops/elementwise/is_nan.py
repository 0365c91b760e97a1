"""IsNaN."""

from edgert.compiler.lowering.elementwise_op import Elementwise


class IsNaN(Elementwise):
    op_type = "IsNaN"
    instruction = "is_nan"
