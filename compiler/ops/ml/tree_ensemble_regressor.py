"""TreeEnsembleRegressor."""

import onnx_ir as ir

from edgert.compiler.lowering.tree_ensemble import TreeBase
from edgert.compiler.nodes import string
from edgert.compiler.packing.trees import Aggregate


class TreeEnsembleRegressor(TreeBase):
    op_type = "TreeEnsembleRegressor"

    def aggregate(self, node: ir.Node) -> Aggregate:
        return Aggregate[string(node, "aggregate_function", "SUM")]
