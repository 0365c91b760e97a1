"""Base of the lowering of operators that only rearrange elements: views, or copies of views."""

from __future__ import annotations

import abc

import onnx_ir as ir

from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.program.ir import Tensor


class Rearrangement(Lowering):
    """The output is bound to what `rearrange` makes of the data input."""

    @abc.abstractmethod
    def rearrange(self, node: ir.Node, x: Tensor, context: LoweringContext) -> Tensor:
        """The output, in ONNX axis order: a view of x where that is possible."""

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        context.bind(node.outputs[0], self.rearrange(node, context.operand(node), context))
