"""Softsign."""

from edgert_compiler.operators.elementwise.base import Elementwise


class Softsign(Elementwise):
    op_type = "Softsign"
    instruction = "softsign"
