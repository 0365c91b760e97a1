"""Conv whose weights are computed at run time."""

from __future__ import annotations

import math

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, integers, rank_of, required, shape_of
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor


class ComputedConv(Lowering):
    """The windows, an overlapping view of x, are copied to the columns of a matrix product."""

    op_type = "Conv"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = context.native(required(node, 0))
        weights = context.native(required(node, 1))
        groups = integer(node, "group", 1)
        channels, size = weights.shape[0] // groups, math.prod(weights.shape[1:])
        matrices = context.reshape(weights, (groups, channels, size))
        value = node.outputs[0]
        y = context.output(value, layout.row_major(rank_of(value)))
        points = math.prod(shape_of(value)[2:])
        for image in range(x.shape[0]):
            windows = _windows(node, layout.narrow(x, 0, image, 1), groups)
            columns = layout.allocate(x.dtype, windows.shape, layout.row_major(len(windows.shape)))
            context.convert(windows, columns)
            operands = [matrices, context.reshape(columns, (groups, size, points))]
            result = layout.reshape(layout.narrow(y, 0, image, 1), (groups, channels, points))
            assert result is not None, "the output has no gaps"
            context.emit("matmul_f32", operands, [result], {"alpha": 1.0})


def _windows(node: ir.Node, x: Tensor, groups: int) -> Tensor:
    """[1, C, size...] as the overlapping view [groups, C / groups, kernel..., output...]."""
    channels, kernel = x.shape[1] // groups, shape_of(required(node, 1))[2:]
    steps = integers(node, "strides", [1] * len(kernel))
    spread = integers(node, "dilations", [1] * len(kernel))
    channel, *pixel = x.strides[1:]
    return x.view(
        (groups, channels, *kernel, *shape_of(node.outputs[0])[2:]),
        (
            channels * channel,
            channel,
            *(step * stride for step, stride in zip(spread, pixel)),
            *(step * stride for step, stride in zip(steps, pixel)),
        ),
    )
