"""ScatterND and ScatterElements to constant places: GATHER of rows of data and updates."""

from __future__ import annotations

import math

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import rank_of, required
from edgert_compiler.operators.scatter import selected_rows, unsupported_scatter
from edgert_compiler.program import layout
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.graph import Tensor


class ScatterND(Lowering):
    """Of several updates of one place, the last stays."""

    op_type = "ScatterND"

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_scatter(node)

    def lower(self, node: ir.Node, context: Context) -> None:
        rows, length = selected_rows(node)
        tables = [_table(required(node, i), length, context) for i in (0, 2)]
        count = sum(table.shape[0] for table in tables)
        both = context.like(tables[0], (count, length))
        context.emit("CONCATENATION", tables, both, ("ConcatenationOptions", {"axis": 0}))
        target = context.result(node.outputs[0])
        selected = context.like(target, (rows.size, length))
        indices = context.constant(rows.astype(np.int32))
        context.emit("GATHER", [both, indices], selected, ("GatherOptions", {"axis": 0}))
        context.store(selected, target)


class ScatterElements(ScatterND):
    op_type = "ScatterElements"


def _table(value: ir.Value, length: int, context: Context) -> Tensor:
    """The value as rows of this length."""
    tensor = context.native(value, layout.row_major(rank_of(value))).tensor
    return context.reshaped(tensor, (math.prod(tensor.shape) // length, length))
