"""Base of the lowering of tree ensembles."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import required
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.operators import registry
from edgert_compiler.operators.ml.base import TreeEnsembleBase
from edgert_compiler.packing.trees import pack_forest
from edgert_compiler.program import layout


class TreeEnsembleLowering(Lowering):
    """One call of the kernel `tree_ensemble`."""

    domain = TreeEnsembleBase.domain

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = context.native(required(node, 0), (0, 1))
        value = node.outputs[0]
        operator = registry.find(node.op_type, node.domain)
        assert isinstance(operator, TreeEnsembleBase)
        aggregate = operator.aggregate(node)
        packed = pack_forest(operator.forest(node), aggregate, x.dtype.numpy)
        output = context.output(value, (0, 1))
        same = output.dtype == x.dtype
        y = output if same else context.temporary(x.dtype, output.shape, (0, 1))
        constants = (packed.nodes, packed.trees, packed.leaves)
        context.emit(
            "tree_ensemble",
            [layout.canonical(x), *map(context.constant, constants)],
            [y],
            {"aggregate": int(aggregate)},
        )
        if not same:
            context.emit("cast", [y], [output], {"overflow": 0, "rounding": 0})
