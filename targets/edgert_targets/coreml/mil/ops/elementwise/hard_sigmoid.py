"""HardSigmoid."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import number
from edgert_targets.coreml.mil.elementwise import Activation


class HardSigmoid(Activation):
    op_type = "HardSigmoid"
    operation = "sigmoid_hard"

    def parameters(self, node: ir.Node) -> dict[str, float]:
        return {"alpha": number(node, "alpha", 0.2), "beta": number(node, "beta", 0.5)}
