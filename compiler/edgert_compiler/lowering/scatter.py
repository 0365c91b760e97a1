"""Scattering: the kernel `scatter`, or a selection of rows where the places are constant."""

from __future__ import annotations

import abc
import math

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, axis_of, rank_of, required, shape_of, string
from edgert_compiler.graph.types import INTEGER, NUMERIC, unsupported_dynamic, unsupported_type
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.ops.base import OpLowering
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor
from edgert_compiler.program.limits import MAX_RANK

REDUCTIONS = ("none", "add", "mul", "min", "max")
"""By the kernel's parameter `reduction`."""

COMBINED = NUMERIC | {ir.DataType.DOUBLE}


class ScatterBase(OpLowering):
    """Data, indices, updates; what is not written is that of the data."""

    def unsupported(self, node: ir.Node) -> str | None:
        if rank_of(required(node, 0)) == 0 or rank_of(required(node, 1)) >= MAX_RANK:
            return f"takes data of rank 1 to {MAX_RANK - 1}"
        if string(node, "reduction", "none") != "none":
            reason = unsupported_type(node, 0, COMBINED)
            if reason is not None:
                return reason
        return unsupported_type(node, 1, INTEGER)

    @abc.abstractmethod
    def operands(
        self, node: ir.Node, output: Tensor, context: LoweringContext
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Data, indices, updates and output as the kernel wants them (docs/kernels.md)."""

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        value = node.outputs[0]
        y = context.output(value, layout.row_major(rank_of(value)))
        if not required(node, 2).shape or 0 not in required(node, 2).shape:  # type: ignore[operator]
            data, indices, updates, output = self.operands(node, y, context)
            reduction = REDUCTIONS.index(string(node, "reduction", "none"))
            params = {"reduction": reduction}
            context.emit("scatter", [data, indices, updates], [output], params, inplace=(0,))
        else:
            context.convert(context.native(required(node, 0)), y)


def unsupported_scatter(node: ir.Node) -> str | None:
    """Why ScatterND or ScatterElements is no selection of rows, if it is none."""
    reduction = string(node, "reduction", "none")
    if reduction != "none":
        return f"its reduction is {reduction}"
    return unsupported_dynamic(node, 1, "the places")


def selected_rows(node: ir.Node) -> tuple[np.ndarray, int]:
    """Rows of [data; updates] that are the rows of the output, and how long a row is.

    Both are read as matrices: their last axes, which the tuples of ScatterND leave out, are a row.
    """
    shape, places = shape_of(required(node, 0)), array_of(required(node, 1))
    assert places is not None
    depth = places.shape[-1] if node.op_type == "ScatterND" else len(shape)
    rows = np.arange(math.prod(shape[:depth])).reshape(shape[:depth])
    updates = math.prod(places.shape[:-1] if node.op_type == "ScatterND" else places.shape)
    written = rows.size + np.arange(updates)
    if node.op_type == "ScatterND":
        rows[tuple(places.reshape(-1, depth).T)] = written
    else:
        axis = axis_of(node, depth, 0)
        index = np.indices(places.shape)
        index[axis] = places
        rows[tuple(index)] = written.reshape(places.shape)
    return rows.reshape(-1), math.prod(shape[depth:])
