"""onnxruntime's own spelling of QuantizeLinear and DequantizeLinear."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.linear import scalar_form
from edgert_compiler.passes.base import Rewrite, Rule, Stage


class ContribQdq(Rule):
    """16-bit and 4-bit Q/DQ for models of older opsets; the meaning is that of the standard.

    com.microsoft.QuantizeLinear(x, s, z)   =>   QuantizeLinear(x, s, z)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"com.microsoft.QuantizeLinear", "com.microsoft.DequantizeLinear"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Always possible."""
        x, *params = (value for value in node.inputs if value is not None)
        operands = [x, *map(scalar_form, params)]
        return Rewrite((emit(node.op_type, operands, dict(node.attributes)),))
