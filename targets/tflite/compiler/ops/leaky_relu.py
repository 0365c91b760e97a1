"""LeakyRelu."""

from __future__ import annotations

import onnx_ir as ir

from edgert.compiler.nodes import number
from edgert.compiler.passes.activation import Activation
from edgert.targets.tflite.compiler.unary import ActivationOp


class LeakyRelu(ActivationOp):
    op_type = "LeakyRelu"

    def activation(self, node: ir.Node) -> Activation:
        return Activation("leaky_relu", (number(node, "alpha", 0.01),))
