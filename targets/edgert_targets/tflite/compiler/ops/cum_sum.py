"""CumSum."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, integer, rank_of, required
from edgert_compiler.graph.types import NUMERIC, unsupported_dynamic, unsupported_type
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context


class CumSum(Lowering):
    op_type = "CumSum"

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_type(node, 0, NUMERIC) or unsupported_dynamic(node, 1, "the axis")

    def lower(self, node: ir.Node, context: Context) -> None:
        x = context.native(required(node, 0))
        axis = array_of(required(node, 1))
        assert axis is not None
        place = x.place(int(axis.reshape(-1)[0]) % rank_of(required(node, 0)))
        target = context.result(node.outputs[0], x.order)
        flags = {name: bool(integer(node, name, 0)) for name in ("exclusive", "reverse")}
        operands = [x.tensor, context.constant(np.array(place, np.int32))]
        context.emit("CUMSUM", operands, target, ("CumsumOptions", flags))
