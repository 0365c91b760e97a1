"""ScatterND."""

from __future__ import annotations

import math

import onnx_ir as ir

from edgert_compiler.graph.nodes import required, shape_of
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.scatter import Scatter
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor


class ScatterND(Scatter):
    """Tuples of indices place rows: what the tuples leave of the data's axes, as one axis."""

    op_type = "ScatterND"

    def operands(
        self, node: ir.Node, output: Tensor, context: LoweringContext
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        *positions, depth = shape_of(required(node, 1))
        n, indexed = math.prod(positions), output.shape[:depth]
        row = output.shape[depth:]
        rest = (math.prod(row),) if row else ()
        data = context.reshape(context.native(required(node, 0)), (*indexed, *rest))
        updates = context.reshape(context.native(required(node, 2)), (n, *rest))
        tuples = context.reshape(context.native(required(node, 1)), (n, depth))
        if rest:
            step, within = tuples.strides
            tuples = tuples.view((n, *rest, depth), (step, 0, within))
        target = layout.reshape(output, (*indexed, *rest))
        assert target is not None, "the output is row-major"
        return data, tuples, updates, target
