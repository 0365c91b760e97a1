"""Tile."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integers_of
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.types import ANY


class Tile(MilOp):
    op_type = "Tile"
    kinds = ANY

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        return None if integers_of(node, 1) is not None else "its repeats are not constant"

    def lower(self, node: ir.Node, context: MilContext) -> None:
        repeats = integers_of(node, 1)
        context.emit(node.outputs[0], "tile", x=context.input(node, 0), reps=repeats)
