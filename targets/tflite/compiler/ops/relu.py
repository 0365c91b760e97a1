"""Relu."""

from __future__ import annotations

import onnx_ir as ir

from edgert.compiler.passes.activation import Activation
from edgert.targets.tflite.compiler.unary import ActivationOp


class Relu(ActivationOp):
    op_type = "Relu"

    def activation(self, node: ir.Node) -> Activation:
        return Activation("relu")
