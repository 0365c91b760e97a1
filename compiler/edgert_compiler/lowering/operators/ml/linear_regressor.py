"""LinearRegressor."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.activation import Activation
from edgert_compiler.graph.nodes import integer, numbers, required
from edgert_compiler.graph.spatial import Window
from edgert_compiler.lowering.activation import kernel_params
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.packing import pack_channels, pack_conv_f32
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor


class LinearRegressor(Lowering):
    """A 1x1 convolution in float."""

    op_type = "LinearRegressor"
    domain = "ai.onnx.ml"

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
