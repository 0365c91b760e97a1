"""Elu, Selu and Celu: ELU, which has alpha 1, or made of it."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.nodes import number
from edgert_targets.tflite.compiler.activation import exponential_linear
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.elementwise import Unary
from edgert_targets.tflite.compiler.graph import Tensor


class Elu(Unary):
    op_type = "Elu"
    code = "ELU"

    def factors(self, node: ir.Node) -> tuple[float, float, float]:
        """Of ``a * (exp(d * min(x, 0)) - 1) + p * max(x, 0)``: a, p, d."""
        return number(node, "alpha", 1.0), 1.0, 1.0

    def emit(
        self, node: ir.Node, operands: Sequence[Tensor], target: Tensor, context: Context
    ) -> None:
        factors = self.factors(node)
        if factors == (1.0, 1.0, 1.0):
            context.emit("ELU", operands, target)
        else:
            exponential_linear(context, operands[0], target, *factors)


class Selu(Elu):
    op_type = "Selu"

    def factors(self, node: ir.Node) -> tuple[float, float, float]:
        gamma = number(node, "gamma", 1.05070102214813232421875)
        return gamma * number(node, "alpha", 1.67326319217681884765625), gamma, 1.0


class Celu(Elu):
    op_type = "Celu"

    def factors(self, node: ir.Node) -> tuple[float, float, float]:
        alpha = number(node, "alpha", 1.0)
        return alpha, 1.0, 1 / alpha
