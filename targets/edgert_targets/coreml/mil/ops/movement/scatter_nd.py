"""ScatterND and ScatterElements to constant places: rows of data and updates are gathered."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import required, shape_of
from edgert_compiler.operators.scatter import selected_rows, unsupported_scatter
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.types import NUMBER


class ScatterND(MilOp):
    op_type = "ScatterND"
    kinds = NUMBER

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        return unsupported_scatter(node)

    def lower(self, node: ir.Node, context: MilContext) -> None:
        rows, length = selected_rows(node)
        tables = [
            context.make("reshape", x=context.input(node, i), shape=(-1, length)) for i in (0, 2)
        ]
        both = context.make("concat", values=tables, axis=0)
        indices = rows.astype(np.int32)
        selected = context.make("gather", x=both, indices=indices, axis=0)
        context.emit(node.outputs[0], "reshape", x=selected, shape=shape_of(required(node, 0)))


class ScatterElements(ScatterND):
    op_type = "ScatterElements"
