"""Pools over channels-last images."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.spatial import Window, unsupported_window
from edgert_compiler.graph.types import unsupported_type
from edgert_compiler.importer.tflite.schema import member
from edgert_targets.tflite.compiler import windows
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.graph import Tensor


class Pool(Lowering):
    """MAX_POOL_2D or AVERAGE_POOL_2D; int8 values keep their parameters."""

    spatial = True
    quantizes = True

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_type(node, 0) or unsupported_window(node)

    def lower_pool(
        self,
        node: ir.Node,
        window: Window,
        context: Context,
        *,
        padding_value: float | None = None,
        force_explicit: bool = False,
        bind: bool = True,
    ) -> Tensor:
        """Emits the pool and returns its output [N, H, W, C].

        padding_value: of explicit padding, None for zero. force_explicit: padding counts. bind: the
        output is that of the node.
        """
        order = windows.order_of_images(node)
        array = context.operand(node, 0, order)
        x = windows.images(context, array)
        if force_explicit:
            size, out = windows.input_size(node), windows.output_size(node)
            x = windows.padded(x, windows.explicit_pads(size, out, window), context, padding_value)
            padding = member("Padding", "VALID")
        else:
            x, padding = windows.window_input(x, node, window, context, padding_value)
        if bind:
            target = context.result(node.outputs[0], order, array.params)
            output = windows.image_output(target, context)
        else:
            height, width = windows.output_size(node)
            target = output = context.like(x, (x.shape[0], height, width, x.shape[3]))
        options = {
            "padding": padding,
            "stride_h": window.stride[0],
            "stride_w": window.stride[1],
            "filter_height": window.kernel[0],
            "filter_width": window.kernel[1],
        }
        code = "MAX_POOL_2D" if padding_value is not None else "AVERAGE_POOL_2D"
        context.emit(code, [x], output, ("Pool2DOptions", options))
        windows.stored(output, target, context)
        return output
