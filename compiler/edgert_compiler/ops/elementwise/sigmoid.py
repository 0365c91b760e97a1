"""Sigmoid."""

from edgert_compiler.lowering.elementwise_op import Elementwise


class Sigmoid(Elementwise):
    op_type = "Sigmoid"
    instruction = "sigmoid"
