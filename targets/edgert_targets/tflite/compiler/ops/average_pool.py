"""AveragePool."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, integers
from edgert_compiler.graph.spatial import Window
from edgert_compiler.operators.base import QuantizationRole
from edgert_targets.tflite.compiler import windows
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.pool import Pool


class AveragePool(Pool):
    """TFLite divides by what lies in the image, and does not change the scale of int8 values.

    Other padding is done explicitly; where that divides by too much, a product with constants sets
    it right.
    """

    op_type = "AveragePool"

    def unsupported(self, node: ir.Node) -> str | None:
        if any(dilation != 1 for dilation in integers(node, "dilations")):
            return "TFLite has no dilated pools"
        return super().unsupported(node)

    def role(self, node: ir.Node, own: QuantizationRole) -> QuantizationRole:
        return (
            QuantizationRole.FLOAT
            if self._correction(node) is not None
            else QuantizationRole.PRESERVE
        )

    def lower(self, node: ir.Node, context: Context) -> None:
        window = Window.of(node, integers(node, "kernel_shape"))
        include_pad = bool(integer(node, "count_include_pad", 0))
        correction = self._correction(node)
        pooled = self.lower_pool(
            node, window, context, force_explicit=include_pad, bind=correction is None
        )
        if correction is not None:
            order = windows.order_of_images(node)
            target = context.result(node.outputs[0], order)
            product = windows.image_output(target, context)
            factor = context.constant(correction)
            context.emit("MUL", [pooled, factor], product, ("MulOptions", {}))
            windows.stored(product, target, context)

    def _correction(self, node: ir.Node) -> np.ndarray | None:
        """f32 [1, H, W, 1]: window size over the number that ONNX divides by; None for all 1."""
        window = Window.of(node, integers(node, "kernel_shape"))
        size, out = windows.input_size(node), windows.output_size(node)
        include = bool(integer(node, "count_include_pad", 0))
        if windows.padding(size, out, window) is not None and not include:
            return None
        counts = [_counts(size[i], out[i], window, i, include) for i in range(2)]
        area = window.kernel[0] * window.kernel[1]
        factor = area / np.outer(*counts).astype(np.float32)
        return None if (factor == 1).all() else factor[None, :, :, None].astype(np.float32)


def _counts(size: int, out: int, window: Window, axis: int, include_pad: bool) -> np.ndarray:
    """[out]: how many elements ONNX counts along one axis of each window."""
    begin, end = window.begin[axis], window.end[axis]
    first = np.arange(out) * window.stride[axis] - begin
    last = first + window.kernel[axis]
    low, high = (-begin, size + end) if include_pad else (0, size)
    return np.minimum(last, high) - np.maximum(first, low)
