"""LeakyRelu."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.activation import Activation
from edgert_compiler.graph.nodes import number
from edgert_targets.tflite.compiler.unary import ActivationOp


class LeakyRelu(ActivationOp):
    op_type = "LeakyRelu"

    def activation(self, node: ir.Node) -> Activation:
        return Activation("leaky_relu", (number(node, "alpha", 0.01),))
