"""Sigmoid."""

from edgert_compiler.operators.elementwise.base import Elementwise


class Sigmoid(Elementwise):
    op_type = "Sigmoid"
    instruction = "sigmoid"
