"""LinearRegressor."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.activation import Activation
from edgert_compiler.graph.nodes import integer, numbers, required, shape_of, string
from edgert_compiler.graph.spatial import Window
from edgert_compiler.graph.types import unsupported_type
from edgert_compiler.lowering.activation import kernel_params
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.ops.base import OpLowering
from edgert_compiler.packing import pack_channels, pack_conv_f32
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor


class LinearRegressor(OpLowering):
    """x [N, K] times coefficients [M, K], plus intercepts [M]: a 1x1 convolution in float.

    Not in int8, as features of tables have no common range.
    """

    op_type = "LinearRegressor"
    domain = "ai.onnx.ml"

    def unsupported(self, node: ir.Node) -> str | None:
        reason = unsupported_type(node, 0)
        if reason is not None or string(node, "post_transform", "NONE") == "NONE":
            x, targets = shape_of(required(node, 0)), integer(node, "targets", 1)
            if reason is None and len(numbers(node, "coefficients")) != targets * x[-1]:
                return f"it does not have {x[-1]} coefficients for each of {targets} targets"
            return reason
        return "its post_transform is not one of the standard's"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = context.native(required(node, 0), (0, 1))
        targets = integer(node, "targets", 1)
        weights = np.array(numbers(node, "coefficients"), np.float32).reshape(targets, -1)
        bias = np.zeros(targets, np.float32)
        bias[:] = numbers(node, "intercepts") or 0
        y = context.output(node.outputs[0], (0, 1))
        window = Window((1, 1), (1, 1), (1, 1), (0, 0))
        context.emit(
            "conv2d_f32",
            [
                _rows(x),
                context.constant(pack_conv_f32(weights[:, :, None, None])),
                context.constant(pack_channels(bias, 1)),
            ],
            [_rows(y)],
            {**window.params, "groups": 1, **kernel_params(Activation())},
        )


def _rows(tensor: Tensor) -> Tensor:
    """[N, K] as the image [1, 1, N, K]."""
    return layout.canonical(layout.prepend_axes(tensor, 4))
