"""LayerNormalization over the axes from `axis` on."""

from __future__ import annotations

from typing import ClassVar

import onnx_ir as ir

from edgert_compiler.graph.nodes import axis_of, is_read, number, optional, rank_of, required
from edgert_compiler.graph.types import unsupported_type
from edgert_compiler.program import layout
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.normalization import normalize


class LayerNormalization(Lowering):
    """Row-major, as scale and bias are."""

    op_type = "LayerNormalization"
    centered: ClassVar[bool] = True

    def unsupported(self, node: ir.Node) -> str | None:
        if any(map(is_read, node.outputs[1:])):
            return "the mean and the inverse deviation are not available as outputs"
        return unsupported_type(node, 0)

    def lower(self, node: ir.Node, context: Context) -> None:
        rank = rank_of(required(node, 0))
        x = context.native(required(node, 0), layout.row_major(rank)).tensor
        scale, bias = (
            None if v is None else context.native(v, layout.row_major(rank_of(v))).tensor
            for v in (optional(node, 1), optional(node, 2))
        )
        axes = range(axis_of(node, rank, -1), rank)
        target = context.result(node.outputs[0])
        epsilon = number(node, "epsilon", 1e-5)
        normalize(context, x, axes, epsilon, scale, bias, target, centered=self.centered)
