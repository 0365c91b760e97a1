"""HardSigmoid."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.activation import Activation
from edgert_compiler.graph.nodes import number
from edgert_targets.tflite.compiler.unary import ActivationOp


class HardSigmoid(ActivationOp):
    op_type = "HardSigmoid"

    def activation(self, node: ir.Node) -> Activation:
        return Activation("hard_sigmoid", (number(node, "alpha", 0.2), number(node, "beta", 0.5)))
