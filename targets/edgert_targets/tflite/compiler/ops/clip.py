"""Clip: RELU6 and its like, or MAXIMUM and MINIMUM."""

from __future__ import annotations

import math

import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, optional
from edgert_compiler.graph.types import NUMERIC, unsupported_dynamic, unsupported_type
from edgert_compiler.operators.base import QuantizationRole
from edgert_targets.tflite.compiler.activation import clamp
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context


class Clip(Lowering):
    op_type = "Clip"
    pointwise = True

    def unsupported(self, node: ir.Node) -> str | None:
        return (
            unsupported_type(node, 0, NUMERIC)
            or unsupported_dynamic(node, 1, "the lower bound")
            or unsupported_dynamic(node, 2, "the upper bound")
        )

    def role(self, node: ir.Node, own: QuantizationRole) -> QuantizationRole:
        return QuantizationRole.PRESERVE if own is QuantizationRole.COMPUTE else own

    def lower(self, node: ir.Node, context: Context) -> None:
        x = context.operand(node)
        target = context.result(node.outputs[0], x.order, context.params(node))
        clamp(context, _bound(node, 1, -math.inf), _bound(node, 2, math.inf), x.tensor, target)


def _bound(node: ir.Node, index: int, absent: float) -> float:
    array = array_of(optional(node, index))
    return absent if array is None else array.reshape(-1)[0].item()
