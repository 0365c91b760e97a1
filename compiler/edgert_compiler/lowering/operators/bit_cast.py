"""BitCast."""

from __future__ import annotations

from dataclasses import replace

import onnx_ir as ir

from edgert_compiler.graph.nodes import required
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext, native_dtype


class BitCast(Lowering):
    """The same memory, read as elements of another type of the same size."""

    op_type = "BitCast"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        value = node.outputs[0]
        x = context.native(required(node, 0))
        context.bind(value, replace(x, dtype=native_dtype(value), name=value.name or ""))
