"""Trilu with a constant diagonal: select by a constant mask."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import required, shape_of
from edgert_compiler.graph.triangle import triangle, unsupported_triangle
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.types import NUMBER


class Trilu(MilOp):
    op_type = "Trilu"
    kinds = NUMBER

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        return unsupported_triangle(node)

    def lower(self, node: ir.Node, context: MilContext) -> None:
        value = required(node, 0)
        zeros = np.full(shape_of(value), context.number_like(value, 0))
        mask = np.broadcast_to(triangle(node), zeros.shape).copy()
        context.emit(node.outputs[0], "select", cond=mask, a=context.input(node, 0), b=zeros)
