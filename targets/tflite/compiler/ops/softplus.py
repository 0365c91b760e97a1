"""Softplus: log(1 + exp(x)) as max(x, 0) + log(1 + exp(-|x|)), which does not overflow."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert.targets.tflite.compiler.context import Context
from edgert.targets.tflite.compiler.elementwise import Unary
from edgert.targets.tflite.compiler.graph import Tensor


class Softplus(Unary):
    op_type = "Softplus"

    def emit(
        self, node: ir.Node, operands: Sequence[Tensor], target: Tensor, context: Context
    ) -> None:
        x = operands[0]
        steps = [context.like(x) for _ in range(6)]
        magnitude, negative, power, sum_, log, positive = steps
        context.emit("ABS", [x], magnitude)
        context.emit("NEG", [magnitude], negative)
        context.emit("EXP", [negative], power)
        context.emit("ADD", [power, context.number(1.0, x)], sum_, ("AddOptions", {}))
        context.emit("LOG", [sum_], log)
        context.emit("RELU", [x], positive)
        context.emit("ADD", [positive, log], target, ("AddOptions", {}))
