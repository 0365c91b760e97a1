"""Base of TreeEnsemble and TreeEnsembleRegressor in canonical form."""

from __future__ import annotations

import abc
from typing import Any

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import required, shape_of
from edgert_compiler.graph.types import FLOAT, unsupported_type
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.trees import forest_of
from edgert_compiler.ops.base import OpLowering
from edgert_compiler.packing.trees import Aggregate, PackedForest, pack_forest
from edgert_compiler.program import layout

_TYPES = FLOAT | {ir.DataType.DOUBLE}


class TreeBase(OpLowering):
    """A sum, minimum or maximum over trees: one call of the kernel `tree_ensemble`.

    Thresholds and weights have the type of x; so does the sum, which is then converted to the type
    of the output.
    """

    domain = "ai.onnx.ml"

    @abc.abstractmethod
    def aggregate(self, node: ir.Node) -> Aggregate:
        """How values of several trees are combined."""

    def unsupported(self, node: ir.Node) -> str | None:
        reason = unsupported_type(node, 0, _TYPES)
        if reason is None and len(shape_of(required(node, 0))) != 2:
            return "x must have two dimensions: rows and features"
        if reason is None:
            try:
                self._pack(node, np.dtype(np.float32))
            except ValueError as error:
                return str(error)
        return reason

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = context.native(required(node, 0), (0, 1))
        value = node.outputs[0]
        packed = self._pack(node, x.dtype.numpy)
        output = context.output(value, (0, 1))
        same = output.dtype == x.dtype
        y = output if same else context.temporary(x.dtype, output.shape, (0, 1))
        constants = (packed.nodes, packed.trees, packed.leaves)
        context.emit(
            "tree_ensemble",
            [layout.canonical(x), *map(context.constant, constants)],
            [y],
            {"aggregate": int(self.aggregate(node))},
        )
        if not same:
            context.emit("cast", [y], [output], {"overflow": 0, "rounding": 0})

    def _pack(self, node: ir.Node, dtype: np.dtype[Any]) -> PackedForest:
        forest = forest_of(node, shape_of(required(node, 0))[1])
        return pack_forest(forest, self.aggregate(node), dtype)
