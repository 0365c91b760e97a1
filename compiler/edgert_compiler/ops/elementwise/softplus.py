"""Softplus."""

from edgert_compiler.lowering.elementwise_op import Elementwise


class Softplus(Elementwise):
    op_type = "Softplus"
    instruction = "softplus"
