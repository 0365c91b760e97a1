"""SpaceToDepth."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, string
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp


class SpaceToDepth(MilOp):
    op_type = "SpaceToDepth"

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        mode = string(node, "mode", "DCR")
        return None if mode == "DCR" else f"mode {mode} has no counterpart in MIL"

    def lower(self, node: ir.Node, context: MilContext) -> None:
        size = integer(node, "blocksize", 1)
        context.emit(node.outputs[0], "space_to_depth", x=context.input(node, 0), block_size=size)
