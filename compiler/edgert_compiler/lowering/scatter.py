"""Base of the lowering of ScatterND and ScatterElements."""

from __future__ import annotations

import abc

import onnx_ir as ir

from edgert_compiler.graph.nodes import rank_of, required, string
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor

REDUCTIONS = ("none", "add", "mul", "min", "max")
"""By the kernel's parameter `reduction`."""


class Scatter(Lowering):
    """One call of the kernel `scatter`."""

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
