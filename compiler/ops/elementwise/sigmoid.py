"""Sigmoid."""

from edgert.compiler.lowering.elementwise_op import Elementwise


class Sigmoid(Elementwise):
    op_type = "Sigmoid"
    instruction = "sigmoid"
