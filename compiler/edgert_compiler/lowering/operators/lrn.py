"""LRN."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.graph.nodes import integer, number, required, shape_of
from edgert_compiler.graph.spatial import Window
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.reduction import apply
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor


class LRN(Lowering):
    """The mean is an average pool over channels as if they were the pixels of a row.

    Channels beyond the ends count as zeros.
    """

    op_type = "LRN"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        order = layout.channels_last(len(shape_of(required(node, 0))))
        x = context.dense(context.native(required(node, 0)), order)
        squares = apply([x], (Instruction("square", 0, (0,)),), context)
        means = layout.allocate(x.dtype, x.shape, order)
        size = integer(node, "size", 1)
        before, after = (size - 1) // 2, size // 2
        window = Window((1, size), (1, 1), (1, 1), (0, before), (0, after))
        context.emit(
            "average_pool2d",
            [_row(squares, order)],
            [_row(means, order)],
            {**window.params, **_padding_counts(window)},
        )
        steps = (
            Instruction("constant", 2, (), (number(node, "alpha", 1e-4),)),
            Instruction("constant", 3, (), (number(node, "bias", 1.0),)),
            Instruction("constant", 4, (), (number(node, "beta", 0.75),)),
            Instruction("mul", 1, (1, 2)),
            Instruction("add", 1, (1, 3)),
            Instruction("pow", 1, (1, 4)),
            Instruction("div", 0, (0, 1)),
        )
        context.elementwise([x, means], context.output(node.outputs[0], order), steps)


def _row(tensor: Tensor, order: layout.Order) -> Tensor:
    """[pixels, channels] as an image of that height and width."""
    channels = tensor.shape[1]
    view = layout.reshape(
        layout.transpose(tensor, order), (1, tensor.count // channels, channels, 1)
    )
    assert view is not None, "the tensor is dense"
    return layout.canonical(view)


def _padding_counts(window: Window) -> dict[str, float | int]:
    return {
        "count_include_pad": 1,
        "pad_bottom": window.end[0],
        "pad_right": window.end[1],
        "x_zero_point": 0,
        "y_zero_point": 0,
        "scale": 1.0,
        "act_min": 0.0,
        "act_max": 0.0,
    }
