"""Bases of operators of one float operand that are an activation, or a few operators."""

from __future__ import annotations

import abc
from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.activation import Activation
from edgert_targets.tflite.compiler.activation import apply
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.elementwise import Unary
from edgert_targets.tflite.compiler.graph import Tensor


class ActivationOp(Unary):
    """One of the activations that products fuse, by itself."""

    quantizes = True

    @abc.abstractmethod
    def activation(self, node: ir.Node) -> Activation:
        """Which one, with the attributes of the node."""

    def emit(
        self, node: ir.Node, operands: Sequence[Tensor], target: Tensor, context: Context
    ) -> None:
        apply(context, self.activation(node), operands[0], target)
