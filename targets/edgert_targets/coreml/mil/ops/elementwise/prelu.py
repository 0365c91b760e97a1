"""PRelu."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, required, shape_of
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.types import converted


class PRelu(MilOp):
    """MIL's own where there is a constant slope per channel of an image."""

    op_type = "PRelu"

    def lower(self, node: ir.Node, context: MilContext) -> None:
        x, output = context.input(node, 0), node.outputs[0]
        slope = array_of(required(node, 1))
        channels = _per_channel(slope, shape_of(required(node, 0)))
        if channels is not None:
            alpha = converted(channels, context.float_type)
            context.emit(output, "prelu", x=x, alpha=alpha)
            return
        positive = context.make("relu", x=x)
        negative = context.make("minimum", x=x, y=context.number(0))
        scaled = context.make("mul", x=negative, y=context.input(node, 1))
        context.emit(output, "add", x=positive, y=scaled)


def _per_channel(slope: np.ndarray | None, shape: tuple[int, ...]) -> np.ndarray | None:
    """The slopes as a vector over axis 1 of an image of this shape."""
    if slope is None or len(shape) != 4:
        return None
    if slope.size != 1 and slope.shape[-3:] != (shape[1], 1, 1):
        return None
    return np.broadcast_to(slope.reshape(-1), shape[1:2])
