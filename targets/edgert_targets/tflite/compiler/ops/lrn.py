"""LRN over an odd number of channels: LOCAL_RESPONSE_NORMALIZATION."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, number, rank_of, required
from edgert_compiler.graph.types import unsupported_type
from edgert_targets.tflite.compiler import windows
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context


class LRN(Lowering):
    """ONNX divides alpha by the number of channels, TFLite does not."""

    op_type = "LRN"
    spatial = True

    def unsupported(self, node: ir.Node) -> str | None:
        if rank_of(required(node, 0)) != 4:
            return "its input is no image"
        if _size(node) % 2 == 0:
            return f"its size is {_size(node)}; TFLite normalizes over an odd number of channels"
        return unsupported_type(node, 0)

    def lower(self, node: ir.Node, context: Context) -> None:
        order = windows.order_of_images(node)
        x = context.native(required(node, 0), order).tensor
        options = {
            "radius": _size(node) // 2,
            "bias": number(node, "bias", 1.0),
            "alpha": number(node, "alpha", 1e-4) / _size(node),
            "beta": number(node, "beta", 0.75),
        }
        context.emit(
            "LOCAL_RESPONSE_NORMALIZATION",
            [x],
            context.result(node.outputs[0], order),
            ("LocalResponseNormalizationOptions", options),
        )


def _size(node: ir.Node) -> int:
    size = integer(node, "size")
    assert size is not None
    return size
