"""The operands of QuantizeLinear and DequantizeLinear nodes that stay in the graph."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, optional
from edgert_compiler.graph.quantization import QuantParams


def linear_params(node: ir.Node) -> QuantParams | None:
    """Scale and zero point (inputs 1 and 2) where they are constant and per tensor."""
    scale, zero_point = array_of(optional(node, 1)), array_of(optional(node, 2))
    if scale is None or scale.size != 1:
        return None
    if optional(node, 2) is not None and zero_point is None:
        return None
    zero = 0 if zero_point is None else int(zero_point.reshape(-1)[0])
    return QuantParams(float(scale.reshape(-1)[0]), zero)


def unsupported_params(node: ir.Node) -> str | None:
    """Why the parameters are not supported, if they are not."""
    if linear_params(node) is None:
        return "its scale and zero point must be constant and per tensor"
    return None
