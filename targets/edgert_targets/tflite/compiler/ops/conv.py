"""Conv of domain edgert: CONV_2D, or DEPTHWISE_CONV_2D where every channel is a group."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, integer, required, shape_of
from edgert_compiler.graph.spatial import Window, unsupported_window
from edgert_targets.tflite.compiler import product, windows
from edgert_targets.tflite.compiler.context import Context, Options


class Conv(product.Product):
    """Weights [O, I/g, H, W] become [O, H, W, I/g]; of depthwise convolutions [1, H, W, O]."""

    op_type = "Conv"
    spatial = True

    def unsupported(self, node: ir.Node) -> str | None:
        return super().unsupported(node) or unsupported_window(node)

    def lower(self, node: ir.Node, context: Context) -> None:
        weights = array_of(required(node, 1))
        assert weights is not None
        window = Window.of(node, weights.shape[2:])
        weights = weights.reshape(*weights.shape[:2], *window.kernel)
        how = product.numbers(node, context)
        order = windows.order_of_images(node)
        x = windows.images(context, product.data(node, how, order, context))
        target = context.result(node.outputs[0], order, product.output_params(node, how, context))
        linear = product.product_output(node, how, target, context)
        output = windows.image_output(linear, context)
        x, padding = windows.window_input(x, node, window, context)
        groups = integer(node, "group", 1)
        depthwise = groups > 1 and groups == shape_of(required(node, 0))[1]
        count = weights.shape[0]
        moved = weights.transpose(1, 2, 3, 0) if depthwise else weights.transpose(0, 2, 3, 1)
        operands = product.constants(node, moved, 3 if depthwise else 0, count, how, context)
        code, options = _operator(node, window, padding, depthwise, count // groups)
        version = 6 if groups > 1 and not depthwise else 5 if how.weights_only else 1
        context.emit(code, [x, *operands], output, options, version)
        windows.stored(output, linear, context)
        product.finish(node, linear, target, context)


def _operator(
    node: ir.Node, window: Window, padding: int, depthwise: bool, multiplier: int
) -> tuple[str, Options]:
    options = {
        "padding": padding,
        "stride_h": window.stride[0],
        "stride_w": window.stride[1],
        "dilation_h_factor": window.dilation[0],
        "dilation_w_factor": window.dilation[1],
        "fused_activation_function": product.fused_code(node),
    }
    if not depthwise:
        return "CONV_2D", ("Conv2DOptions", options)
    options["depth_multiplier"] = multiplier
    return "DEPTHWISE_CONV_2D", ("DepthwiseConv2DOptions", options)
