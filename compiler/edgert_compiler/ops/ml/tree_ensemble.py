"""TreeEnsemble."""

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer
from edgert_compiler.lowering.tree_ensemble import TreeBase
from edgert_compiler.packing.trees import Aggregate

_AGGREGATES = {1: Aggregate.SUM, 2: Aggregate.MIN, 3: Aggregate.MAX}


class TreeEnsemble(TreeBase):
    op_type = "TreeEnsemble"

    def aggregate(self, node: ir.Node) -> Aggregate:
        return _AGGREGATES[integer(node, "aggregate_function", 1)]
