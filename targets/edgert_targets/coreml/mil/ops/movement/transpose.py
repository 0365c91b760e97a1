"""Transpose."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import permutation, rank_of, required
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.types import ANY


class Transpose(MilOp):
    op_type = "Transpose"
    kinds = ANY

    def lower(self, node: ir.Node, context: MilContext) -> None:
        perm = permutation(node, rank_of(required(node, 0)))
        context.emit(node.outputs[0], "transpose", x=context.input(node, 0), perm=perm)
