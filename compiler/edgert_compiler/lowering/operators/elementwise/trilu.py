"""Trilu."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.graph.nodes import required, shape_of
from edgert_compiler.graph.triangle import triangle
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.program.elementwise_call import output_order


class Trilu(Lowering):
    """A selection by a constant triangle of truth values."""

    op_type = "Trilu"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = context.native(required(node, 0))
        output = context.output(node.outputs[0], output_order(shape_of(node.outputs[0]), [x]))
        zero = context.constant(np.zeros((), x.dtype.numpy))
        steps = (Instruction("where", 0, (0, 1, 2)),)
        context.elementwise([context.constant(triangle(node)), x, zero], output, steps)
