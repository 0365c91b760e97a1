"""InstanceNormalization over the pixels of each channel."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import number, rank_of, required
from edgert_compiler.graph.types import unsupported_type
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Array, Context
from edgert_targets.tflite.compiler.graph import Tensor
from edgert_targets.tflite.compiler.normalization import normalize


class InstanceNormalization(Lowering):
    op_type = "InstanceNormalization"
    pointwise = True

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_type(node, 0)

    def lower(self, node: ir.Node, context: Context) -> None:
        x = context.native(required(node, 0))
        axes = [x.place(axis) for axis in range(2, rank_of(required(node, 0)))]
        scale, bias = (_per_channel(node, index, x, context) for index in (1, 2))
        target = context.result(node.outputs[0], x.order)
        normalize(context, x.tensor, axes, number(node, "epsilon", 1e-5), scale, bias, target)


def _per_channel(node: ir.Node, index: int, x: Array, context: Context) -> Tensor:
    vector = context.native(required(node, index)).tensor
    shape = [1] * len(x.order)
    shape[x.place(1)] = vector.shape[0]
    return context.reshaped(vector, shape)
