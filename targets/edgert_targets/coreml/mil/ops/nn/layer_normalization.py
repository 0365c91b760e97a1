"""LayerNormalization."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import (
    array_of,
    axis_of,
    number,
    optional,
    rank_of,
    required,
    shape_of,
)
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.types import converted


class LayerNormalization(MilOp):
    op_type = "LayerNormalization"

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        bias = optional(node, 2)
        if array_of(required(node, 1)) is None or (bias is not None and array_of(bias) is None):
            return "its scale or its bias are not constant"
        if any(output.uses() or output.is_graph_output() for output in node.outputs[1:]):
            return "its mean or its deviation are read"
        return None

    def lower(self, node: ir.Node, context: MilContext) -> None:
        rank = rank_of(required(node, 0))
        axes = tuple(range(axis_of(node, rank, -1), rank))
        epsilon = context.number(number(node, "epsilon", 1e-5))
        shape = shape_of(required(node, 0))[axes[0] :]
        scale, bias = array_of(required(node, 1)), array_of(optional(node, 2))
        assert scale is not None
        parameters = {"gamma": scale} if bias is None else {"gamma": scale, "beta": bias}
        arrays = {
            name: converted(np.broadcast_to(array, shape), context.float_type)
            for name, array in parameters.items()
        }
        x = context.input(node, 0)
        context.emit(node.outputs[0], "layer_norm", x=x, axes=axes, epsilon=epsilon, **arrays)
