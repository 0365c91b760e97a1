"""Sum."""

from edgert.compiler.lowering.elementwise_op import Variadic


class Sum(Variadic):
    op_type = "Sum"
    instruction = "add"
