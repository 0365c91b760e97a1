"""Clip."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, optional
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.types import NUMBER, Kind, kind_of


class Clip(MilOp):
    op_type = "Clip"
    kinds = NUMBER

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        for index in (1, 2):
            bound = optional(node, index)
            if bound is not None and bound.const_value is None:
                return "its bounds are not constant"
        return None

    def lower(self, node: ir.Node, context: MilContext) -> None:
        x, output = context.input(node, 0), node.outputs[0]
        low, high = (array_of(optional(node, index)) for index in (1, 2))
        if low is None and high is None:
            context.bind(output, x)
        elif low is None:
            context.emit(output, "minimum", x=x, y=context.input(node, 2))
        elif high is None:
            context.emit(output, "maximum", x=x, y=context.input(node, 1))
        elif kind_of(output.dtype) is Kind.INT:
            at_least = context.make("maximum", x=x, y=context.input(node, 1))
            context.emit(output, "minimum", x=at_least, y=context.input(node, 2))
        elif low.item() == 0 and high.item() == 6:
            context.emit(output, "relu6", x=x)
        else:
            bounds = context.number(low.item()), context.number(high.item())
            context.emit(output, "clip", x=x, alpha=bounds[0], beta=bounds[1])
