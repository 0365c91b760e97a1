"""Transpose."""

from __future__ import annotations

import onnx_ir as ir

from edgert.compiler.lowering.attributes import integers, rank_of, required
from edgert.targets.coreml.mil.context import MilContext
from edgert.targets.coreml.mil.ops.base import MilOp
from edgert.targets.coreml.mil.types import ANY


class Transpose(MilOp):
    op_type = "Transpose"
    kinds = ANY

    def lower(self, node: ir.Node, context: MilContext) -> None:
        perm = integers(node, "perm", range(rank_of(required(node, 0)))[::-1])
        context.emit(node.outputs[0], "transpose", x=context.input(node, 0), perm=perm)
