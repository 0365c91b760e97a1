"""Softsign."""

from edgert_compiler.lowering.elementwise_op import Elementwise


class Softsign(Elementwise):
    op_type = "Softsign"
    instruction = "softsign"
