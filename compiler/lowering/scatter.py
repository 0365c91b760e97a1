"""Base of the operators that write updates to run-time indices: the kernel `scatter`."""

from __future__ import annotations

import abc

import onnx_ir as ir

from edgert.compiler.lowering import layout
from edgert.compiler.lowering.context import LoweringContext
from edgert.compiler.lowering.types import INTEGER, NUMERIC, unsupported_type
from edgert.compiler.nodes import rank_of, required, string
from edgert.compiler.ops.base import OpLowering
from edgert.compiler.program.ir import Tensor
from edgert.compiler.program.limits import MAX_RANK

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
