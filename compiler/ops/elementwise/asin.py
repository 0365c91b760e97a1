"""Asin."""

from edgert.compiler.lowering.elementwise_op import Elementwise


class Asin(Elementwise):
    op_type = "Asin"
    instruction = "asin"
