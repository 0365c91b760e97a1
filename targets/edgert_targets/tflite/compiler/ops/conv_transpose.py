"""ConvTranspose of domain edgert: TRANSPOSE_CONV, cropped where its padding is another."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, integer, required
from edgert_compiler.graph.spatial import Window, unsupported_window
from edgert_compiler.importer.tflite.schema import member
from edgert_targets.tflite.compiler import product, windows
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.graph import Tensor


class ConvTranspose(product.Product):
    """Weights [I, O/g, H, W] become [O, H, W, I]; dilated ones get zeros in between.

    Groups are computed as one: the weights between different groups are zero.
    """

    op_type = "ConvTranspose"
    spatial = True

    def unsupported(self, node: ir.Node) -> str | None:
        return super().unsupported(node) or unsupported_window(node)

    def lower(self, node: ir.Node, context: Context) -> None:
        array = array_of(required(node, 1))
        assert array is not None
        window = Window.of(node, array.shape[2:])
        weights = _dilated(array.reshape(*array.shape[:2], *window.kernel), window)
        weights = _ungrouped(weights, integer(node, "group", 1)).transpose(1, 2, 3, 0)
        how = product.numbers(node, context)
        if how.weights_only:
            how = product.Numbers()
        order = windows.order_of_images(node)
        x = windows.images(context, product.data(node, how, order, context))
        target = context.result(node.outputs[0], order, product.output_params(node, how, context))
        linear = product.product_output(node, how, target, context)
        output = windows.image_output(linear, context)
        stored, bias = product.constants(node, weights, 0, weights.shape[0], how, context)
        reach = _reach(node, weights, window, x)
        exact = reach == windows.output_size(node)
        uncropped = output if exact else context.like(output, (x.shape[0], *reach, output.shape[3]))
        options = {
            "padding": member("Padding", "VALID"),
            "stride_h": window.stride[0],
            "stride_w": window.stride[1],
            "fused_activation_function": product.fused_code(node),
        }
        shape = context.vector(uncropped.shape)
        context.emit(
            "TRANSPOSE_CONV",
            [shape, stored, x, bias],
            uncropped,
            ("TransposeConvOptions", options),
            version=4 if product.fused_code(node) else 3,
        )
        if uncropped is not output:
            begin = context.vector((0, *window.begin, 0))
            context.emit("SLICE", [uncropped, begin, context.vector(output.shape)], output)
        windows.stored(output, linear, context)
        product.finish(node, linear, target, context)


def _dilated(weights: np.ndarray, window: Window) -> np.ndarray:
    inputs, outputs, height, width = weights.shape
    rows, columns = window.dilation
    size = ((height - 1) * rows + 1, (width - 1) * columns + 1)
    spread = np.zeros((inputs, outputs, *size), weights.dtype)
    spread[:, :, ::rows, ::columns] = weights
    return spread


def _ungrouped(weights: np.ndarray, groups: int) -> np.ndarray:
    """[I, O/g, H, W] as [I, O, H, W]."""
    inputs, outputs, height, width = weights.shape
    whole = np.zeros((inputs, groups, outputs, height, width), weights.dtype)
    for group, rows in enumerate(np.split(np.arange(inputs), groups)):
        whole[rows, group] = weights[rows]
    return whole.reshape(inputs, groups * outputs, height, width)


def _reach(node: ir.Node, weights: np.ndarray, window: Window, x: Tensor) -> tuple[int, int]:
    """Height and width to compute: what the input reaches, and what the output needs of it.

    TRANSPOSE_CONV adds zeros at the end for a larger output than the input reaches.
    """
    size = windows.output_size(node)
    whole = [
        max(
            (x.shape[1 + i] - 1) * window.stride[i] + weights.shape[1 + i],
            window.begin[i] + size[i],
        )
        for i in range(2)
    ]
    return whole[0], whole[1]
