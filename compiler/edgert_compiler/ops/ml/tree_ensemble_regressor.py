"""TreeEnsembleRegressor."""

import onnx_ir as ir

from edgert_compiler.graph.nodes import string
from edgert_compiler.lowering.tree_ensemble import TreeBase
from edgert_compiler.packing.trees import Aggregate


class TreeEnsembleRegressor(TreeBase):
    op_type = "TreeEnsembleRegressor"

    def aggregate(self, node: ir.Node) -> Aggregate:
        return Aggregate[string(node, "aggregate_function", "SUM")]
