"""Erf."""

from edgert_compiler.lowering.elementwise_op import Elementwise


class Erf(Elementwise):
    op_type = "Erf"
    instruction = "erf"
