"""LeakyRelu."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import number
from edgert_targets.coreml.mil.elementwise import Activation


class LeakyRelu(Activation):
    op_type = "LeakyRelu"
    operation = "leaky_relu"

    def parameters(self, node: ir.Node) -> dict[str, float]:
        return {"alpha": number(node, "alpha", 0.01)}
