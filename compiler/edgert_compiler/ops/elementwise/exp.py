"""Exp."""

from edgert_compiler.lowering.elementwise_op import Elementwise


class Exp(Elementwise):
    op_type = "Exp"
    instruction = "exp"
    amplifies = True
