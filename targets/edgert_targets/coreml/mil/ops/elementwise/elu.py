"""Elu."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import number
from edgert_targets.coreml.mil.elementwise import Activation


class Elu(Activation):
    op_type = "Elu"
    operation = "elu"

    def parameters(self, node: ir.Node) -> dict[str, float]:
        return {"alpha": number(node, "alpha", 1.0)}
