"""GroupNormalization (opset 21: scale and bias per channel)."""

from __future__ import annotations

import onnx_ir as ir

from edgert.compiler.lowering import layout
from edgert.compiler.lowering.context import LoweringContext
from edgert.compiler.lowering.normalization import normalize
from edgert.compiler.lowering.types import unsupported_type
from edgert.compiler.nodes import integer, number, required
from edgert.compiler.ops.base import OpLowering
from edgert.compiler.program.ir import Tensor


class GroupNormalization(OpLowering):
    """Over the channels and pixels of each group: [N, G, C / G, pixels...] views of everything."""

    op_type = "GroupNormalization"

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_type(node, 0)

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        groups = integer(node, "num_groups", 1)
        x = context.native(required(node, 0))
        output = context.output(node.outputs[0], layout.order_of(x))
        scale, bias = (context.native(required(node, i)) for i in (1, 2))
        rank = len(x.shape) + 1
        normalize(
            _grouped(x, groups),
            range(2, rank),
            number(node, "epsilon", 1e-5),
            _grouped(output, groups),
            context,
            _per_group(scale, groups, rank),
            _per_group(bias, groups, rank),
        )


def _grouped(tensor: Tensor, groups: int) -> Tensor:
    n, c, *pixels = tensor.shape
    view = layout.reshape(tensor, (n, groups, c // groups, *pixels))
    assert view is not None, "an axis can always be split"
    return view


def _per_group(vector: Tensor, groups: int, rank: int) -> Tensor:
    channels = vector.shape[0] // groups
    view = layout.reshape(vector, (1, groups, channels, *(1,) * (rank - 3)))
    assert view is not None, "a vector can always be split"
    return view
