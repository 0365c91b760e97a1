"""QuantizeLinear that stays in the graph: its result is plain integers to whatever reads it."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import required
from edgert_compiler.graph.types import BYTE, unsupported_type
from edgert_compiler.importer.tflite.schema import tensor_type
from edgert_compiler.operators.linear_quantization import linear_params, unsupported_params
from edgert_targets.tflite.compiler.activation import clamp
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context


class QuantizeLinear(Lowering):
    """clip(round(x / scale) + zero point); ROUND is to even."""

    op_type = "QuantizeLinear"
    pointwise = True

    def unsupported(self, node: ir.Node) -> str | None:
        if node.outputs[0].dtype not in BYTE:
            return "TFLite quantizes to int8 and uint8 here"
        return unsupported_type(node, 0) or unsupported_params(node)

    def lower(self, node: ir.Node, context: Context) -> None:
        x = context.native(required(node, 0))
        target = context.result(node.outputs[0], x.order)
        params = linear_params(node)
        assert params is not None
        scaled, rounded, shifted, clipped = (context.like(x.tensor) for _ in range(4))
        scale, zero = (context.number(n, x.tensor) for n in (params.scale, params.zero_point))
        context.emit("DIV", [x.tensor, scale], scaled, ("DivOptions", {}))
        context.emit("ROUND", [scaled], rounded)
        context.emit("ADD", [rounded, zero], shifted, ("AddOptions", {}))
        low, high = (-128, 127) if target.dtype == "int8" else (0, 255)
        clamp(context, low, high, shifted, clipped)
        types = {"in_data_type": 0, "out_data_type": tensor_type(target.dtype)}
        context.emit("CAST", [clipped], target, ("CastOptions", types))
