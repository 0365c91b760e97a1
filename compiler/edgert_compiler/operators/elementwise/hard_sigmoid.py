"""HardSigmoid."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.nodes import number
from edgert_compiler.operators.elementwise.base import Elementwise


class HardSigmoid(Elementwise):
    op_type = "HardSigmoid"
    instruction = "hard_sigmoid"

    def immediates(self, node: ir.Node) -> tuple[float, ...]:
        return number(node, "alpha", 0.2), number(node, "beta", 0.5)

    def nonnegative_if(self, node: ir.Node) -> Sequence[ir.Value | None]:
        return ()
