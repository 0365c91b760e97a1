"""GroupNormalization."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, integer, number, required, shape_of
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.types import converted


class GroupNormalization(MilOp):
    """A layer normalization of each group, then a scale and a bias per channel."""

    op_type = "GroupNormalization"

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        if any(array_of(required(node, index)) is None for index in (1, 2)):
            return "its scale or its bias are not constant"
        return None

    def lower(self, node: ir.Node, context: MilContext) -> None:
        shape, groups = shape_of(required(node, 0)), integer(node, "num_groups")
        assert groups is not None
        epsilon = context.number(number(node, "epsilon", 1e-5))
        x = context.make("reshape", x=context.input(node, 0), shape=(shape[0], groups, -1))
        normal = context.make("layer_norm", x=x, axes=(2,), epsilon=epsilon)
        normal = context.make("reshape", x=normal, shape=shape)
        along = (-1, *[1] * (len(shape) - 2))
        scale, bias = (_reshaped(node, index, along) for index in (1, 2))
        scaled = context.make("mul", x=normal, y=converted(scale, context.float_type))
        bias = converted(bias, context.float_type)
        context.emit(node.outputs[0], "add", x=scaled, y=bias)


def _reshaped(node: ir.Node, index: int, shape: tuple[int, ...]) -> np.ndarray:
    array = array_of(required(node, index))
    assert array is not None
    return array.reshape(shape)
