"""BitCast."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import required
from edgert_compiler.operators.base import Operator


class BitCast(Operator):
    op_type = "BitCast"

    def unsupported(self, node: ir.Node) -> str | None:
        source, target = required(node, 0).dtype, node.outputs[0].dtype
        if source is None or target is None or source.bitwidth != target.bitwidth:
            return "the types differ in size"
        return None
