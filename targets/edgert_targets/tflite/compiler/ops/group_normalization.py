"""GroupNormalization (opset 21: scale and bias per channel)."""

from __future__ import annotations

import math

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, number, required, shape_of
from edgert_compiler.graph.types import unsupported_type
from edgert_compiler.program import layout
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.normalization import normalize


class GroupNormalization(Lowering):
    """Row-major, as [N, G, C / G, pixels]."""

    op_type = "GroupNormalization"

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_type(node, 0)

    def lower(self, node: ir.Node, context: Context) -> None:
        n, c, *pixels = shape = shape_of(required(node, 0))
        groups = integer(node, "num_groups", 1)
        x = context.native(required(node, 0), layout.row_major(len(shape))).tensor
        grouped = context.reshaped(x, (n, groups, c // groups, math.prod(pixels)))
        scale, bias = (
            context.reshaped(context.native(required(node, i)).tensor, (1, groups, c // groups, 1))
            for i in (1, 2)
        )
        normalized = context.like(grouped)
        epsilon = number(node, "epsilon", 1e-5)
        normalize(context, grouped, (2, 3), epsilon, scale, bias, normalized)
        context.store(normalized, context.result(node.outputs[0]))
