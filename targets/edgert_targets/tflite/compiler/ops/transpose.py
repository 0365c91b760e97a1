"""Transpose: the same tensor, whose axes are called otherwise."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import permutation, rank_of, required
from edgert_compiler.program import layout
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context


class Transpose(Lowering):
    op_type = "Transpose"
    quantizes = True

    def lower(self, node: ir.Node, context: Context) -> None:
        x = context.operand(node)
        perm = permutation(node, rank_of(required(node, 0)))
        moved = layout.inverse(perm)
        context.bind(node.outputs[0], x.tensor, tuple(moved[axis] for axis in x.order))
