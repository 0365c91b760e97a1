"""Base of the lowering of the reductions: a reduction kernel between two elementwise steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import onnx_ir as ir

from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.graph.nodes import required, shape_of
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.operators.reduce.base import reduced_axes
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor


def reduce(x: Tensor, axes: Sequence[int], kernel: str, context: LoweringContext) -> Tensor:
    """The tensor with `axes` reduced to size 1, in the order of x."""
    if not axes:
        return x
    shape = [1 if axis in axes else dim for axis, dim in enumerate(x.shape)]
    order = layout.order_of(x)
    y = layout.allocate(x.dtype, shape, order)
    context.emit(kernel, [layout.transpose(x, order)], [layout.transpose(y, order)])
    return y


def apply(
    inputs: Sequence[Tensor], instructions: Sequence[Instruction], context: LoweringContext
) -> Tensor:
    """The instructions on `inputs`, with the shape, type and order of the first."""
    x = inputs[0]
    y = layout.allocate(x.dtype, x.shape, layout.order_of(x))
    context.elementwise(inputs, y, instructions)
    return y


class Reduction(Lowering):
    """`after(reduce(before(x)))`"""

    kernel: ClassVar[str]
    before: ClassVar[tuple[Instruction, ...]] = ()
    after: ClassVar[tuple[Instruction, ...]] = ()

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = context.native(required(node, 0))
        y = apply([x], self.before, context) if self.before else x
        y = reduce(y, reduced_axes(node, len(x.shape)), self.kernel, context)
        y = apply([y], self.after, context) if self.after else y
        context.bind(node.outputs[0], context.reshape(y, shape_of(node.outputs[0])))
