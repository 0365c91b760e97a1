"""PairwiseCoupling of domain edgert, see edgert_compiler/graph/fused.py."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.nodes import required
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext


class PairwiseCoupling(Lowering):
    op_type = "PairwiseCoupling"
    domain = DOMAIN

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = context.dense(context.native(required(node, 0)), (0, 1))
        context.emit("pairwise_coupling", [x], [context.output(node.outputs[0], (0, 1))])
