"""DequantizeLinear that stays in the graph, of plain integers."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import required
from edgert_compiler.graph.types import BYTE, FLOAT, unsupported_type
from edgert_compiler.importer.tflite.schema import tensor_type
from edgert_compiler.operators.linear_quantization import linear_params, unsupported_params
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import FLOAT32, Context


class DequantizeLinear(Lowering):
    """(x - zero point) * scale."""

    op_type = "DequantizeLinear"
    pointwise = True

    def unsupported(self, node: ir.Node) -> str | None:
        if node.outputs[0].dtype not in FLOAT:
            return "TFLite dequantizes to float32 here"
        return unsupported_type(node, 0, BYTE) or unsupported_params(node)

    def lower(self, node: ir.Node, context: Context) -> None:
        x = context.native(required(node, 0))
        target = context.result(node.outputs[0], x.order)
        params = linear_params(node)
        assert params is not None
        floats, shifted = (context.tensor(x.tensor.shape, FLOAT32) for _ in range(2))
        types = {"in_data_type": tensor_type(x.tensor.dtype), "out_data_type": 0}
        context.emit("CAST", [x.tensor], floats, ("CastOptions", types))
        zero = context.number(params.zero_point, floats)
        context.emit("SUB", [floats, zero], shifted, ("SubOptions", {}))
        scale = context.number(params.scale, floats)
        context.emit("MUL", [shifted, scale], target, ("MulOptions", {}))
