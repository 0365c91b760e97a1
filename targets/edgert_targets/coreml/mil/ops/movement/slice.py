"""Slice."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integers_of, required, shape_of
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.types import ANY


class Slice(MilOp):
    """Negative steps reverse the axis first."""

    op_type = "Slice"
    kinds = ANY
    operands = 1

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        if any(integers_of(node, index) is None for index in (1, 2, 3, 4)):
            return "its bounds are not constant"
        return None

    def lower(self, node: ir.Node, context: MilContext) -> None:
        x = context.input(node, 0)
        slices = _slices(node)
        reversed_axes = tuple(axis for axis, part in enumerate(slices) if part.step < 0)
        if reversed_axes:
            x = context.make("reverse", x=x, axes=reversed_axes)
        parts = [_forward(part, dim) for part, dim in zip(slices, shape_of(required(node, 0)))]
        begin, end, stride = ([getattr(p, f) for p in parts] for f in ("start", "stop", "step"))
        context.emit(node.outputs[0], "slice_by_index", x=x, begin=begin, end=end, stride=stride)


def _slices(node: ir.Node) -> list[slice]:
    """For each axis, the indices as Python's range has them."""
    shape = shape_of(required(node, 0))
    slices = [slice(0, dim, 1) for dim in shape]
    starts, ends, axes, steps = (integers_of(node, index) or () for index in (1, 2, 3, 4))
    for start, end, axis, step in zip(starts, ends, axes, steps):
        slices[axis] = slice(*slice(start, end, step).indices(shape[axis]))
    return slices


def _forward(part: slice, dim: int) -> slice:
    """The same elements of the reversed axis where the step is negative."""
    if part.step > 0:
        return part
    return slice(dim - 1 - part.start, dim - 1 - part.stop, -part.step)
