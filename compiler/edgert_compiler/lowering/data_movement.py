"""Base of the operators that only select or rearrange elements: views, or copies of views."""

from __future__ import annotations

import abc

import onnx_ir as ir

from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.ops.base import Int8, OpLowering
from edgert_compiler.program.ir import Tensor


class Rearrangement(OpLowering):
    """One data input, one output with the same elements or some of them, of any type."""

    def int8(self, node: ir.Node) -> Int8:
        return Int8.PRESERVE

    @abc.abstractmethod
    def rearrange(self, node: ir.Node, x: Tensor, context: LoweringContext) -> Tensor:
        """The output, in ONNX axis order: a view of x where that is possible."""

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        context.bind(node.outputs[0], self.rearrange(node, context.operand(node), context))
