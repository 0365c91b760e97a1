"""Trilu."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, integers_of, required, shape_of
from edgert_compiler.graph.types import DOUBLE, NUMERIC, unsupported_dynamic
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.elementwise import output_order
from edgert_compiler.lowering.elementwise_op import Elementwise
from edgert_compiler.ops.base import Int8
from edgert_compiler.program.ir import Instruction


class Trilu(Elementwise):
    """A selection by a constant triangle of truth values."""

    op_type = "Trilu"
    instruction = "where"
    types = NUMERIC | DOUBLE

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_dynamic(node, 1, "the diagonal k") or super().unsupported(node)

    def int8(self, node: ir.Node) -> Int8:
        return Int8.NONE

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = context.native(required(node, 0))
        diagonal = (integers_of(node, 1) or (0,))[0]
        ones = np.ones(x.shape[-2:], bool)
        upper = integer(node, "upper", 1)
        triangle = np.triu(ones, diagonal) if upper else np.tril(ones, diagonal)
        output = context.output(node.outputs[0], output_order(shape_of(node.outputs[0]), [x]))
        zero = context.constant(np.zeros((), x.dtype.numpy))
        steps = (Instruction("where", 0, (0, 1, 2)),)
        context.elementwise([context.constant(triangle), x, zero], output, steps)
